/** What Auth.js's callbacks cannot be told by Auth.js: the request that they run for. */
import { AsyncLocalStorage } from "node:async_hooks"
import type { SignOutResult } from "../logout/sign-out.ts"
import type { SilentOffer } from "../silent/offer.ts"
import type { LiveSession } from "./live-session.ts"

export interface RequestContext {
  /** The session of this browser, read before Auth.js was called; absent when nobody is signed in. */
  live?: LiveSession
  /** A session that a sign-in replaces and Auth.js is not shown: nothing is linked to it. */
  replaced?: LiveSession
  /** A silent sign-in: whom it may bring back. Anybody else is refused. */
  silent?: SilentOffer
  /** In the database strategy: the token of the session row that Auth.js has just created. */
  created?: string
  /** In the database strategy: the session cookie that the browser gets in place of Auth.js's. */
  sessionCookie?: { value: string; expires: Date }
  /** Left by the sign-out event for whoever called Auth.js. */
  signOut?: SignOutResult
  /** Why this request cannot be served. Auth.js would only log it, and delete the cookie besides. */
  failed?: unknown
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Runs Auth.js for a request. */
export function withRequestContext<T>(context: RequestContext, run: () => T): T {
  return storage.run(context, run)
}

/** The request that Auth.js's callbacks run for. */
export function requestContext(): RequestContext {
  return storage.getStore() ?? {}
}
