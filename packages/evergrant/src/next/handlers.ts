/** The route handlers of `/api/auth/*`: what is ours, what is Auth.js's, and what Auth.js must not see. */
import { NextRequest } from "next/server.js"
import {
  answerRoute,
  clearedSessionCookies,
  cookieNames,
  forgottenLinkRequest,
  isSessionCookie,
  type LiveSession,
  linkRequestCookie,
  mayLink,
  presentSession,
  type RequestContext,
  type RequestReading,
  rowCookie,
  type SessionCookie,
  signedOutCookie,
  withoutSessionCookies,
  withRequestContext,
} from "../authjs/index.ts"
import { isEvergrantError } from "../errors.ts"
import { readBoundedText } from "../wire/json-body.ts"
import { json, toErrorResponse } from "../wire/responses.ts"
import type { Application } from "./application.ts"
import { type Call, prepareCall, readCall } from "./current-session.ts"
import { cookiesOfCall, renewedCookies } from "./renew-cookie.ts"
import { withCookies } from "./set-cookies.ts"
import { answerSilentCallback, silentSignInOf } from "./silent-callback.ts"

/** Actions of Auth.js that never look at a session. */
const sessionless: ReadonlySet<string> = new Set(["csrf", "providers", "error", "verify-request"])

/** Makes the handler for GET and POST. */
export function createHandler(application: Application): (request: NextRequest) => Promise<Response> {
  return async (request) => {
    const call = await prepareCall(application, request)
    const path = pathBelow(call, request)
    if (path[0] === "evergrant") return answerOwn(call, request, path.slice(1).join("/"))
    try {
      const { GET } = application.stock.handlers
      if (sessionless.has(path[0] ?? "")) return await GET(await rebuilt(request, request.headers))
      // An unreadable store ends here, with 503: Auth.js would believe the cookie.
      const reading = await readCall(call, { refresh: request.method === "GET" && path[0] === "session" })
      if (request.method === "GET" && path[0] === "session") return await answerSession(call, reading)
      return await askAuthJs(application, call, request, reading, path)
    } catch (error) {
      return toErrorResponse(error)
    }
  }
}

/** Our own routes. Those that only look leave the cookie alone. */
async function answerOwn(call: Call, request: NextRequest, name: string): Promise<Response> {
  const { response, cookies } = await answerRoute(call.binding, call.site, request, name)
  const answer = withCookies(response, cookies)
  return request.method === "POST" && answer.ok ? withCookies(answer, await cookiesOfCall(call)) : answer
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
  call: Call,
  request: NextRequest,
  reading: RequestReading,
  [action, provider = ""]: string[],
): Promise<Response> {
  const context = await contextOf(call, reading, action, provider)
  const ask = () => finishByAuthJs(application, call, request, context, [action ?? "", provider])
  const silent = action === "callback" ? await silentSignInOf(call, request, provider) : undefined
  return silent ? answerSilentCallback(call, request, silent, context, ask) : ask()
}

async function finishByAuthJs(
  application: Application,
  call: Call,
  request: NextRequest,
  context: RequestContext,
  [action = "", provider = ""]: string[],
): Promise<Response> {
  const { GET, POST } = application.stock.handlers
  // Sign-out sees every cookie, to clear it; our event ends nothing then.
  const headers =
    action === "signout" ? request.headers : withoutDeadSessions(request.headers, call, context.live)
  const seen = await rebuilt(request, headers)
  const asked = await linkWish(call, context, seen, action, provider)
  const answer = await withRequestContext(context, () => (request.method === "POST" ? POST(seen) : GET(seen)))
  if (context.failed) return answerFailure(context.failed, call, action)
  const wish = asked.length > 0 && (await isRefused(answer)) ? [] : asked
  if (context.signOut)
    return withCookies(answer, [...wish, signedOutCookie(context.signOut, call.site.settings.secure)])
  if (context.sessionCookie) {
    const row = rowCookie(call.binding.config, call.site.settings, context.sessionCookie)
    return withCookies(answer, [...wish, row])
  }
  if (action === "session" && context.live?.view.oldHandle) return withoutNewSession(answer, call)
  return withCookies(answer, headers === request.headers ? wish : [...wish, ...leftovers(answer, call)])
}

/** A session that must not be linked to is replaced by the sign-in, and Auth.js never sees it. */
async function contextOf(
  { binding, source }: Call,
  reading: RequestReading,
  action: string | undefined,
  provider: string,
): Promise<RequestContext> {
  if (reading.status !== "session") return {}
  const { session } = reading
  const links = action !== "callback" || (await mayLink(binding, session, provider, source.cookie))
  return links ? { live: session } : { replaced: session }
}

/**
 * `signIn(provider, { link: "true" })` of `next-auth/react` arrives as a field of the form. Any other sign-in, and the
 * end of this one, takes the wish away.
 */
async function linkWish(
  { binding, site, source }: Call,
  { live }: RequestContext,
  seen: NextRequest,
  action: string | undefined,
  provider: string,
): Promise<SessionCookie[]> {
  const starts = action === "signin" && seen.method === "POST"
  if (!starts && action !== "callback") return []
  const form = new URLSearchParams(starts ? await seen.clone().text() : "")
  const { secure } = site.settings
  return live && form.get("link") === "true"
    ? [await linkRequestCookie(binding, live, provider, secure)]
    : forgottenLinkRequest(source.cookie, secure)
}

/** Whether Auth.js went to an error page: for want of its CSRF token, say, which it alone checks. */
async function isRefused(answer: Response): Promise<boolean> {
  const address =
    answer.headers.get("location") ??
    (await answer
      .clone()
      .json()
      .then(
        (body: { url?: unknown } | null) => body?.url,
        () => undefined,
      ))
  return typeof address !== "string" || new URL(address, "http://localhost").searchParams.has("error")
}

/**
 * Auth.js answers `null` where a callback of the application denies a session. A sign-in that was refused ends on its
 * error page, as if core itself had refused it.
 */
function answerFailure(error: unknown, { binding, site }: Call, action: string | undefined): Response {
  if (!isEvergrantError(error) || error.code !== "signed_out") return toErrorResponse(error)
  if (action === "session") return json(null)
  if (action !== "callback") return toErrorResponse(error)
  const { pages, basePath } = binding.config
  const page = new URL(pages?.error ?? `${basePath}/error`, site.origin)
  page.searchParams.set("error", "Configuration")
  return new Response(null, { status: 302, headers: { location: page.href, "cache-control": "no-store" } })
}

/**
 * A cookie whose login is over still decodes: core would link a new account to its user, or start a session. That
 * goes for the cookie of the other protocol as well, because core takes it from the request's address and we from
 * a header that the sender of the request may choose.
 */
function withoutDeadSessions(
  given: Headers,
  { binding, site, source }: Call,
  session: LiveSession | undefined,
): Headers {
  const live = session ? site.settings.name : undefined
  const dead = [true, false].map((secure) => binding.cookies(secure).name).filter((name) => name !== live)
  const rest = withoutSessionCookies(dead, source.cookie)
  if (rest === source.cookie) return given
  const headers = new Headers(given)
  if (rest) headers.set("cookie", rest)
  else headers.delete("cookie")
  return headers
}

/** A late answer to an old handle must not put it in the place of the one that the browser has got since. */
function withoutNewSession(given: Response, { site }: Call): Response {
  const answer = new Response(given.body, given)
  answer.headers.delete("set-cookie")
  for (const line of given.headers.getSetCookie()) {
    if (!isSessionCookie(site.settings, line)) answer.headers.append("set-cookie", line)
  }
  return answer
}

/** Chunks of a cookie that core was not shown: beside a new cookie they would make it unreadable. */
function leftovers(answer: Response, { binding, site, source }: Call): SessionCookie[] {
  const set = answer.headers.getSetCookie().map((line) => line.slice(0, line.indexOf("=")))
  if (!set.some((name) => isSessionCookie(site.settings, name))) return []
  const old = cookieNames(source.cookie).filter((candidate) => !set.includes(candidate))
  return clearedSessionCookies(binding.config, site.settings, old)
}

/**
 * The request that Auth.js gets: with a bounded body, because core would read one of any length, and made from its
 * parts, because what Next hands to a route is a stand-in that cannot be copied whole.
 */
async function rebuilt(request: NextRequest, headers: Headers): Promise<NextRequest> {
  const { url, method } = request
  if (method !== "POST") return new NextRequest(url, { method, headers })
  return new NextRequest(url, { method, headers, body: await readBoundedText(request) })
}

function pathBelow({ binding }: Call, request: NextRequest): string[] {
  const base = binding.config.basePath ?? ""
  const { pathname } = request.nextUrl
  const start = pathname.indexOf(`${base}/`)
  // Core ignores empty parts, too.
  return (start < 0 ? "" : pathname.slice(start + base.length + 1)).split("/").filter((part) => part !== "")
}
