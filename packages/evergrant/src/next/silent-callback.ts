/** The callback of a silent sign-in: it always ends on the page where it began, and never on an error page. */
import type { NextRequest } from "next/server.js"
import {
  isSessionCookie,
  type RequestContext,
  readSilentSignIn,
  type SilentSignIn,
  signedInAgain,
  silentFailed,
  silentRefusal,
} from "../authjs/index.ts"
import { isEvergrantError, type SignedOutError } from "../errors.ts"
import type { Call } from "./current-session.ts"
import { withCookies } from "./set-cookies.ts"

/** The silent sign-in of this browser that a callback ends, if it does. */
export function silentSignInOf(
  { binding, source }: Call,
  request: NextRequest,
  provider: string,
): Promise<SilentSignIn | undefined> {
  return readSilentSignIn(binding, new URL(request.url), provider, source.cookie)
}

/**
 * Answers the callback. A session that another tab has got meanwhile is left alone: a silent sign-in links nothing and
 * replaces nothing.
 *
 * @param ask Lets Auth.js finish the sign-in.
 */
export async function answerSilentCallback(
  { binding, site }: Call,
  request: NextRequest,
  silent: SilentSignIn,
  context: RequestContext,
  ask: () => Promise<Response>,
): Promise<Response> {
  const withOwn = ({ response, cookies }: ReturnType<typeof silentFailed>) => withCookies(response, cookies)
  if (context.live || context.replaced) return withOwn(signedInAgain(binding, site, silent))
  const code = silentRefusal(new URL(request.url))
  if (code !== undefined)
    return withOwn(silentFailed(binding, site, silent, { reason: "rotation_lost", code }))

  context.silent = silent.lost
  const answer = await ask()
  const started = answer.headers.getSetCookie().some((line) => isNewSession(site, line))
  if (started) return withOwn(signedInAgain(binding, site, silent, answer))
  const reason = isChangedSubject(context.failed) ? "subject_changed" : "rotation_lost"
  return withOwn(silentFailed(binding, site, silent, { reason }))
}

function isNewSession({ settings }: Call["site"], line: string): boolean {
  return isSessionCookie(settings, line) && /^[^=]+=[^;]/.test(line)
}

function isChangedSubject(failed: unknown): boolean {
  return (
    isEvergrantError(failed) &&
    failed.code === "signed_out" &&
    (failed as SignedOutError).reason === "subject_changed"
  )
}
