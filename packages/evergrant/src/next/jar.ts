/** Next's own cookies of the request that it is handling. */
import { cookies } from "next/headers.js"
import type { SessionCookie } from "../authjs/index.ts"

/** Names of all cookies, those that this request has set included; none where Next is handling no request. */
export async function jarNames(): Promise<string[]> {
  try {
    return (await cookies()).getAll().map(({ name }) => name)
  } catch {
    return []
  }
}

/** Sets cookies in a server action or a route handler. In a Server Component Next throws, and nothing is set. */
export async function setInJar(set: readonly SessionCookie[]): Promise<void> {
  if (set.length === 0) return
  try {
    const jar = await cookies()
    for (const { name, value, options } of set) jar.set(name, value, options)
  } catch {
    // The process remembers what could not be written, for the next request that can.
  }
}
