/**
 * The short-lived note for the page on which a browser lands without a session: what became of the provider's session
 * at a sign-out, or why a silent sign-in has brought nobody back.
 */
import type { SignOutResult } from "../logout/sign-out.ts"
import type { SessionCookie } from "./session-cookie.ts"

/** Readable by scripts, holds one word. Must not start like the session cookie, or Auth.js would swallow it. */
export const signedOutFlag = "evergrant.signed-out"

/** After a silent sign-in that failed: nobody is signed in at the provider any more, or somebody else is. */
export type SilentFailure = "rotation_lost" | "subject_changed"

/** `none`: there was no provider's session to end. Otherwise the least good status of all providers. */
export type SignedOutFlag = "ended" | "unsupported" | "unknown" | "failed" | "shared" | "none" | SilentFailure

/** Seconds that the note is there to be read. */
const flagLife = 60

/** Makes the cookie of a sign-out. */
export function signedOutCookie({ providers }: SignOutResult, secure: boolean): SessionCookie {
  const order = ["failed", "unknown", "unsupported", "shared", "ended"] as const
  return flag(order.find((status) => providers.some((p) => p.status === status)) ?? "none", secure)
}

/** Makes the cookie of a silent sign-in that brought nobody back. */
export function silentFailureCookie(reason: SilentFailure, secure: boolean): SessionCookie {
  return flag(reason, secure)
}

function flag(value: SignedOutFlag, secure: boolean): SessionCookie {
  return { name: signedOutFlag, value, options: { path: "/", sameSite: "lax", secure, maxAge: flagLife } }
}
