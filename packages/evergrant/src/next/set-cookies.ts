/** Adds cookies to a response. */
import { NextResponse } from "next/server.js"
import type { SessionCookie } from "../authjs/index.ts"

/** Returns the response with the cookies, in place of its own of the same name; the very same one without any. */
export function withCookies(response: Response, cookies: readonly SessionCookie[]): Response {
  if (cookies.length === 0) return response
  const answer = new Response(response.body, response)
  const replaced = response.headers
    .getSetCookie()
    .filter((line) => !cookies.some(({ name }) => line.startsWith(`${name}=`)))
  answer.headers.delete("set-cookie")
  for (const header of replaced) answer.headers.append("set-cookie", header)
  for (const header of setCookieHeaders(cookies)) answer.headers.append("set-cookie", header)
  // A shared cache that keeps a session cookie hands one user's session to the next.
  answer.headers.set("cache-control", "no-store")
  return answer
}

/** Serializes by Next's own writer. */
export function setCookieHeaders(cookies: readonly SessionCookie[]): string[] {
  const writer = new NextResponse()
  for (const { name, value, options } of cookies) writer.cookies.set(name, value, options)
  return writer.headers.getSetCookie()
}
