/** Ends a silent sign-in: the browser goes back to its page, signed in again or signed out with a reason. */
import type { Binding } from "../binding.ts"
import type { SessionCookie } from "../session-cookie.ts"
import { type SilentFailure, silentFailureCookie } from "../signed-out-flag.ts"
import type { Site } from "../site.ts"
import type { AnswerWithCookies } from "./start.ts"
import { forgottenSilentCookie, type SilentSignIn } from "./transaction.ts"

/**
 * The provider's refusal in a callback, as in `login_required`; `undefined` if it sent a code.
 *
 * @see OpenID Connect Core 1.0, section 3.1.2.6
 */
export function silentRefusal(address: URL): string | undefined {
  const error = address.searchParams.get("error")
  if (error === null) return undefined
  return /^[a-z_]{1,64}$/.test(error) ? error : "unknown"
}

/** Goes back without a session. The provider's session, whoever's it is, is left alone. */
export function silentFailed(
  binding: Binding,
  { origin, settings }: Site,
  { lost: { loginId, provider }, returnTo }: SilentSignIn,
  { reason, code }: { reason: SilentFailure; code?: string | undefined },
): AnswerWithCookies {
  const outcome = reason === "subject_changed" ? reason : code === undefined ? "failed" : "refused"
  const about = { type: "silent.finished", loginId, provider, outcome } as const
  binding.evergrant.report(code === undefined ? about : { ...about, code })
  return {
    response: back(origin + returnTo),
    cookies: [silentFailureCookie(reason, settings.secure), forgottenSilentCookie(settings.secure)],
  }
}

/**
 * Goes back with a session: that of `answer`, or one that another tab has got meanwhile.
 *
 * @param answer Auth.js's own, with its cookies.
 */
export function signedInAgain(
  binding: Binding,
  { origin, settings }: Site,
  { lost: { loginId, provider }, returnTo }: SilentSignIn,
  answer?: Response,
): AnswerWithCookies {
  const response = back(origin + returnTo)
  for (const line of answer?.headers.getSetCookie() ?? []) response.headers.append("set-cookie", line)
  if (answer) binding.evergrant.report({ type: "silent.finished", loginId, provider, outcome: "signed_in" })
  const cookies: SessionCookie[] = [forgottenSilentCookie(settings.secure)]
  return { response, cookies }
}

function back(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } })
}
