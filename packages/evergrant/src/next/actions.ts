/** What server code calls: in pages, server actions, route handlers and API routes. */
import { cookies } from "next/headers.js"
import type { NextAuthResult } from "next-auth"
import {
  type EvergrantSession,
  endSession,
  forgottenLinkRequest,
  type LiveSession,
  linkRequestCookie,
  presentSession,
  type RequestContext,
  signedOutCookie,
  withRequestContext,
} from "../authjs/index.ts"
import { NoGrantError, SignedOutError } from "../errors.ts"
import type { AccessTokenOptions } from "../session/access-token.ts"
import type { AccountTokenOptions } from "../session/access-token-of-user.ts"
import type { RefreshSessionOptions } from "../session/refresh-session.ts"
import type { AccessToken } from "../session/serve-token.ts"
import type { SessionData } from "../store/vault.ts"
import type { Application } from "./application.ts"
import { type Call, prepareCall, readCall, requireLive } from "./current-session.ts"
import { setInJar } from "./jar.ts"
import { caughtUpCookies, reissuedCookies, unseenCookies } from "./renew-cookie.ts"
import type { RequestLike } from "./source.ts"

/** The request, where Next does not know it: in API routes and `getServerSideProps` of the Pages Router. */
export interface FromRequest {
  request?: RequestLike
}

/** See `getAccessToken` of the core; with a user's id, outside of any request. */
export async function getAccessToken(
  application: Application,
  given: (AccessTokenOptions & FromRequest) | AccountTokenOptions = {},
): Promise<AccessToken> {
  if ("userId" in given) return (await application.bindingFor()).evergrant.getAccessTokenOfUser(given)
  const { request, ...options } = given
  const call = await prepareCall(application, request)
  const live = await requireLive(call)
  if (!live.bound) throw new NoGrantError(options.provider)
  const token = await call.binding.evergrant.getAccessToken(live.handle, options)
  await writeBack(call, live, request)
  return token
}

/** Forces a refresh at the provider and returns the session that this same request may show. */
export async function refreshSession(
  application: Application,
  { request, ...options }: RefreshSessionOptions & FromRequest = {},
): Promise<EvergrantSession> {
  const call = await prepareCall(application, request)
  const live = await requireLive(call)
  if (!live.bound) throw new NoGrantError(options.provider)
  const view = await call.binding.evergrant.refreshSession(live.handle, options)
  const session = await present(call, { ...live, view })
  await writeBack(call, live, request)
  return session
}

/** Changes the application's own fields and returns the session that this same request may show. */
export async function patchSession(
  application: Application,
  patch: SessionData,
  { request }: FromRequest = {},
): Promise<EvergrantSession> {
  const call = await prepareCall(application, request)
  const { evergrant } = call.binding
  const live = await requireLive(call)
  if (live.bound) {
    const view = await evergrant.patchSession(live.handle, patch, "server")
    const session = await present(call, { ...live, view })
    await writeBack(call, live, request)
    return session
  }
  const data = await evergrant.patchData(live.view.user, patch, "server")
  return present(call, { ...live, view: { ...live.view, data } })
}

/** Stock `signIn`; with `link: true` the account that comes back may be linked to the session that is there. */
export async function signIn(
  application: Application,
  given: Parameters<NextAuthResult["signIn"]>,
): Promise<unknown> {
  const call = await prepareCall(application)
  const reading = await readCall(call, { refresh: false })
  const context: RequestContext = reading.status === "session" ? { live: reading.session } : {}
  const [provider, options] = given
  if (typeof provider === "string") {
    const { secure } = call.site.settings
    const wish =
      context.live && asksForLink(options)
        ? [await linkRequestCookie(call.binding, context.live, provider, secure)]
        : forgottenLinkRequest(call.source.cookie, secure)
    const jar = await cookies()
    for (const { name, value, options: attributes } of wish) jar.set(name, value, attributes)
  }
  return withRequestContext(context, () => application.stock.signIn(...given))
}

function asksForLink(options: unknown): boolean {
  if (options instanceof FormData) return options.get("link") === "true"
  const { link } = (options ?? {}) as { link?: unknown }
  return link === true || link === "true"
}

/**
 * Stock `signOut`, and the provider's session with it. The login ends before Auth.js clears the cookie: if it
 * cannot be ended, the cookie stays and the caller gets the error.
 */
export async function signOut(
  application: Application,
  options: { redirectTo?: string; redirect?: boolean } = {},
): Promise<unknown> {
  const call = await prepareCall(application)
  const reading = await readCall(call, { refresh: false })
  const context: RequestContext = {}
  if (reading.status === "session") {
    context.live = reading.session
    context.signOut = await endSession(call.binding, reading.session)
  }
  if (context.signOut) {
    const { name, value, options: attributes } = signedOutCookie(context.signOut, call.site.settings.secure)
    const jar = await cookies()
    jar.set(name, value, attributes)
  }
  await setInJar(unseenCookies(call))
  const { redirectTo, redirect = true } = options
  // Auth.js redirects, not we: `next/navigation.js` is the browser's module and does not bundle for a route.
  const answer: { redirect: string } = await withRequestContext(context, () =>
    application.stock.signOut({ redirect, ...(redirectTo === undefined ? {} : { redirectTo }) }),
  )
  return { ...answer, providers: context.signOut?.providers ?? [] }
}

/** Stock `unstable_update`: asks the provider; see `updateSession`. */
export async function update(
  application: Application,
  data: Parameters<NextAuthResult["unstable_update"]>[0],
): Promise<unknown> {
  const call = await prepareCall(application)
  const reading = await readCall(call, { refresh: false })
  if (reading.status === "signed_out") return null
  const context: RequestContext = { live: reading.session }
  const session = await withRequestContext(context, () => application.stock.unstable_update(data))
  if (context.failed) throw context.failed
  // Auth.js has looked at `headers()`, which do not show what this very request has written before.
  if (unseenCookies(call).length > 0) await setInJar(await reissuedCookies(call, reading.session))
  return session
}

/** Brings the cookie up to date where one can be written: in a server action and in a route handler. */
async function writeBack(call: Call, live: LiveSession, request: RequestLike | undefined): Promise<void> {
  if (!request) await setInJar(await caughtUpCookies(call, live))
}

async function present(call: Call, live: LiveSession): Promise<EvergrantSession> {
  const presented = await presentSession(call.binding, live)
  if ("denied" in presented) throw new SignedOutError(presented.denied)
  return presented.session
}
