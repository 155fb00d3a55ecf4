/** Where a call finds its request: given to it, or in Next's own storage. */
import { cookies, headers } from "next/headers.js"

/** What a caller may hand in: a Request, or the `req` of the Pages Router. */
export type RequestLike = Request | { headers: Readonly<Record<string, string | string[] | undefined>> }

/** Headers as far as Evergrant reads them; the cookies are those of *now*. */
export interface Source {
  headers: Headers
  cookie: string
}

/**
 * Reads the source of a call. Without a request it asks `cookies()` and not `headers()`: only the former shows what
 * this very request has changed, in a server action or in the proxy before it.
 */
export async function sourceOf(request?: RequestLike): Promise<Source> {
  if (request) {
    const given = request instanceof Request ? request.headers : toHeaders(request.headers)
    return { headers: given, cookie: given.get("cookie") ?? "" }
  }
  const [jar, given] = await Promise.all([cookies(), headers()])
  const pairs = jar.getAll().filter(({ value }) => value !== "")
  return {
    headers: new Headers(given),
    cookie: pairs.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join("; "),
  }
}

function toHeaders(record: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const given = new Headers()
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined) given.set(name, Array.isArray(value) ? value.join("; ") : value)
  }
  return given
}
