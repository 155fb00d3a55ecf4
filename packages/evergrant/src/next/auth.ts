/** `auth`, as Auth.js documents it: a call, a wrapper, a proxy, or for the Pages Router's `{ req, res }`. */
import type { ServerResponse } from "node:http"
import type { NextFetchEvent } from "next/server.js"
import { NextRequest, NextResponse } from "next/server.js"
import { type EvergrantSession, silentDestination } from "../authjs/index.ts"
import { toErrorResponse } from "../wire/responses.ts"
import type { Application } from "./application.ts"
import { type Call, prepareCall, type SessionStatus, sessionStatus } from "./current-session.ts"
import { setInJar } from "./jar.ts"
import { withRequestCookies } from "./patch-request.ts"
import { caughtUpCookies, renewedCookies } from "./renew-cookie.ts"
import { setCookieHeaders, withCookies } from "./set-cookies.ts"
import type { RequestLike } from "./source.ts"

/** A request with the session that it came with. */
export type AuthRequest<Session = EvergrantSession> = NextRequest & { auth: Session | null }

type Handler = (request: AuthRequest, context: unknown) => unknown
type PagesContext = { req: RequestLike; res: ServerResponse }

/** Makes `auth`. Its overloads are in `result.ts`. */
export function createAuth(application: Application): (...given: unknown[]) => unknown {
  return (...given) => {
    const [first, second] = given
    if (first === undefined) return callSession(application)
    if (first instanceof Request) return protect(application, first as NextRequest, second)
    if (typeof first === "function") {
      return (request: NextRequest, context: unknown) =>
        protect(application, request, context, first as Handler)
    }
    if (isPagesContext(first)) return pagesSession(application, first.req, first.res)
    return pagesSession(application, first as RequestLike, second as ServerResponse)
  }
}

/** @throws {StoreError} `store_unavailable`: unknown, which is not the same as signed out. */
async function callSession(application: Application): Promise<EvergrantSession | null> {
  const call = await prepareCall(application)
  const status = await sessionStatus(call)
  if (status.live) await setInJar(await caughtUpCookies(call, status.live))
  return toSession(status)
}

async function pagesSession(
  application: Application,
  request: RequestLike,
  response: ServerResponse | Response | undefined,
): Promise<EvergrantSession | null> {
  const call = await prepareCall(application, request)
  const status = await sessionStatus(call)
  if (status.live && response) {
    const renewed = setCookieHeaders(await renewedCookies(call, status.live))
    for (const header of renewed) {
      if (response instanceof Response) response.headers.append("set-cookie", header)
      else response.appendHeader("set-cookie", header)
    }
  }
  return toSession(status)
}

/** The proxy, and a wrapped route: an unknown session is a 503 that touches no cookie. */
async function protect(
  application: Application,
  given: NextRequest,
  context: unknown,
  handler?: Handler,
): Promise<Response> {
  const request = withPublicUrl(given)
  let call: Call
  let status: Awaited<ReturnType<typeof sessionStatus>>
  try {
    call = await prepareCall(application, request)
    status = await sessionStatus(call)
  } catch (error) {
    return toErrorResponse(error)
  }
  const silent = sendToSilentSignIn(call, status, request)
  if (silent) return silent
  const session = toSession(status)
  const response = await decideResponse(request, session, context, call.binding.config, handler)
  const cookies = status.live ? await renewedCookies(call, status.live) : []
  return withCookies(withRequestCookies(response, given.headers, cookies), cookies)
}

/** A person whose login was lost goes to a page: one invisible round trip to the provider, and they are there. */
function sendToSilentSignIn(
  { binding, site }: Call,
  status: SessionStatus,
  request: NextRequest,
): Response | undefined {
  if (status.status === "session" || status.silent === undefined) return undefined
  const location = silentDestination(binding, site, request, status.silent)
  return location === undefined
    ? undefined
    : new Response(null, { status: 307, headers: { location, "cache-control": "no-store" } })
}

interface AuthorizingConfig {
  basePath?: string
  pages?: { signIn?: string }
  callbacks?: { authorized?: (given: { request: NextRequest; auth: EvergrantSession | null }) => unknown }
}

/** The order of stock Auth.js: the `authorized` callback's own answer, the handler, the sign-in page. */
async function decideResponse(
  request: NextRequest,
  session: EvergrantSession | null,
  context: unknown,
  config: unknown,
  handler: Handler | undefined,
): Promise<Response> {
  const { basePath, pages, callbacks } = config as AuthorizingConfig
  const authorized = callbacks?.authorized ? await callbacks.authorized({ request, auth: session }) : true
  if (authorized instanceof Response) return authorized
  if (handler) {
    const answer = await handler(Object.assign(request, { auth: session }), context as NextFetchEvent)
    return answer instanceof Response ? answer : NextResponse.next()
  }
  const signInPage = pages?.signIn ?? `${basePath}/signin`
  if (authorized || request.nextUrl.pathname === signInPage) return NextResponse.next()
  const target = request.nextUrl.clone()
  target.pathname = signInPage
  target.searchParams.set("callbackUrl", request.nextUrl.href)
  return NextResponse.redirect(target)
}

function toSession(status: SessionStatus): EvergrantSession | null {
  return status.status === "session" ? status.session : null
}

function isPagesContext(given: unknown): given is PagesContext {
  return typeof given === "object" && given !== null && "req" in given && "res" in given
}

/** Behind a reverse proxy the request's own address is an inner one; `AUTH_URL` says what the browser sees. */
function withPublicUrl(request: NextRequest): NextRequest {
  const configured = process.env.AUTH_URL
  if (!configured) return request
  const { origin } = new URL(configured)
  if (request.nextUrl.origin === origin) return request
  return new NextRequest(request.nextUrl.href.replace(request.nextUrl.origin, origin), request)
}
