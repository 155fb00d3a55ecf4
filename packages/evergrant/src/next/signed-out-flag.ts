/** The short-lived note for the landing page: what became of the provider's session. */
import type { SessionCookie } from "../authjs/index.ts"
import type { SignOutResult } from "../logout/sign-out.ts"

/** Readable by scripts, holds one word. Must not start like the session cookie, or Auth.js would swallow it. */
export const signedOutFlag = "evergrant.signed-out"

/** `none`: there was no provider's session to end. Otherwise the least good status of all providers. */
export type SignedOutFlag = "ended" | "unsupported" | "unknown" | "failed" | "shared" | "none"

/** Seconds that the note is there to be read. */
const flagLife = 60

/** Makes the cookie. */
export function signedOutCookie({ providers }: SignOutResult, secure: boolean): SessionCookie {
  const order = ["failed", "unknown", "unsupported", "shared", "ended"] as const
  const value: SignedOutFlag = order.find((status) => providers.some((p) => p.status === status)) ?? "none"
  return { name: signedOutFlag, value, options: { path: "/", sameSite: "lax", secure, maxAge: flagLife } }
}
