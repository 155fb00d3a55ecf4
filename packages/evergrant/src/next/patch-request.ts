/** Shows the page of a navigation the session cookie that its proxy has just written. */
import { NextResponse } from "next/server.js"
import type { SessionCookie } from "../authjs/index.ts"

/** How Next's proxy tells what the page gets: the names of all request headers, and the value of each. */
const namesHeader = "x-middleware-override-headers"
const valueHeader = (name: string): string => `x-middleware-request-${name}`

/**
 * Puts cookies into the request that goes on from a proxy. `headers()` of the page sees nothing else of them, and
 * whoever reads the session from there would refresh with a token that is spent. Headers that the application's own
 * proxy has overridden stay as it made them.
 *
 * @param given The headers of the request that the proxy got.
 */
export function withRequestCookies(
  response: Response,
  given: Headers,
  cookies: readonly SessionCookie[],
): Response {
  const goesOn = response.headers.has("x-middleware-next") || response.headers.has("x-middleware-rewrite")
  if (!goesOn || cookies.length === 0) return response
  const answer = new Response(response.body, response)
  const { headers } = answer
  const overridden = headers.get(namesHeader)
  if (overridden === null) {
    const changed = new Headers(given)
    changed.set("cookie", patchedHeader(given.get("cookie") ?? "", cookies))
    for (const [name, value] of NextResponse.next({ request: { headers: changed } }).headers) {
      if (name === namesHeader || name.startsWith(valueHeader(""))) headers.set(name, value)
    }
  } else if (overridden.split(",").includes("cookie")) {
    const theirs = headers.get(valueHeader("cookie")) ?? ""
    headers.set(valueHeader("cookie"), patchedHeader(theirs, cookies))
  }
  // Else the application keeps all cookies from its page, which is for it to decide.
  return answer
}

/** What the browser would send once it has stored the cookies. */
function patchedHeader(header: string, cookies: readonly SessionCookie[]): string {
  const set = new Set(cookies.map(({ name }) => name))
  const kept = header.split(/;\s*/).filter((pair) => pair !== "" && !set.has(pair.split("=")[0] ?? ""))
  const added = cookies
    .filter(({ value }) => value !== "")
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
  return [...kept, ...added].join("; ")
}
