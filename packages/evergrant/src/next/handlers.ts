/** The route handlers of `/api/auth/*`: what is ours, what is Auth.js's, and what Auth.js must not see. */
import { NextRequest } from "next/server.js"
import {
  answerRoute,
  presentSession,
  type RequestContext,
  type RequestReading,
  type Site,
  withoutSessionCookie,
  withRequestContext,
} from "../authjs/index.ts"
import { readBoundedText } from "../wire/json-body.ts"
import { json, toErrorResponse } from "../wire/responses.ts"
import type { Application } from "./application.ts"
import { type Call, prepareCall, readCall } from "./current-session.ts"
import { renewedCookies } from "./renew-cookie.ts"
import { withCookies } from "./set-cookies.ts"
import { signedOutCookie } from "./signed-out-flag.ts"

/** Actions of Auth.js that never look at a session. */
const sessionless: ReadonlySet<string> = new Set(["csrf", "providers", "error", "verify-request"])

/** Makes the handler for GET and POST. */
export function createHandler(application: Application): (request: NextRequest) => Promise<Response> {
  return async (request) => {
    const call = await prepareCall(application, request)
    const path = pathBelow(call, request)
    if (path[0] === "evergrant") return answerRoute(call.binding, call.site, request, path.slice(1).join("/"))
    try {
      const complete = await withText(request)
      if (sessionless.has(path[0] ?? "")) return await application.stock.handlers.GET(complete)
      // An unreadable store ends here, with 503: Auth.js would believe the cookie.
      const reading = await readCall(call, { refresh: request.method === "GET" && path[0] === "session" })
      if (request.method === "GET" && path[0] === "session") return await answerSession(call, reading)
      return await askAuthJs(application, call, complete, reading, path[0] === "signout")
    } catch (error) {
      return toErrorResponse(error)
    }
  }
}

/** `GET /session`: our own reader. It does not encrypt the cookie anew at each poll, so no late answer harms. */
async function answerSession(call: Call, reading: RequestReading): Promise<Response> {
  if (reading.status === "signed_out") return json(null)
  const presented = await presentSession(call.binding, reading.session)
  if ("denied" in presented) return json(null)
  return withCookies(json(presented.session), await renewedCookies(call, reading.session))
}

async function askAuthJs(
  application: Application,
  { site, source }: Call,
  request: NextRequest,
  reading: RequestReading,
  signingOut: boolean,
): Promise<Response> {
  const { GET, POST } = application.stock.handlers
  const context: RequestContext = reading.status === "session" ? { live: reading.session } : {}
  // A cookie whose login is over still decodes: core would link a new account to its user, or start a session.
  const seen =
    reading.status === "signed_out" && reading.cookie ? withoutSession(request, site, source.cookie) : request
  const answer = await withRequestContext(context, () => (request.method === "POST" ? POST(seen) : GET(seen)))
  if (context.failed) return toErrorResponse(context.failed)
  if (!signingOut || !context.signOut) return answer
  return withCookies(answer, [signedOutCookie(context.signOut, site.settings.secure)])
}

function withoutSession(request: NextRequest, site: Site, cookie: string): NextRequest {
  const headers = new Headers(request.headers)
  const rest = withoutSessionCookie(site.settings, cookie)
  if (rest) headers.set("cookie", rest)
  else headers.delete("cookie")
  return new NextRequest(request, { headers })
}

/** A body of any length would be read whole by core. */
async function withText(request: NextRequest): Promise<NextRequest> {
  if (request.method !== "POST") return request
  const body = await readBoundedText(request)
  return new NextRequest(request.url, { method: "POST", headers: request.headers, body })
}

function pathBelow({ binding }: Call, request: NextRequest): string[] {
  const base = binding.config.basePath ?? ""
  const { pathname } = request.nextUrl
  const start = pathname.indexOf(`${base}/`)
  return (start < 0 ? "" : pathname.slice(start + base.length + 1)).split("/")
}
