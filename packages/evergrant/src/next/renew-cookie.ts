/** The rolling session cookie: issued again once per `updateAge`, where a cookie can be written at all. */
import {
  cookieNames,
  cookieTokenOf,
  holdsReference,
  type LiveSession,
  reissueSessionCookie,
  type SessionCookie,
} from "../authjs/index.ts"
import type { Call } from "./current-session.ts"

/** Cookies to set with the answer; none while the present one is young, unless it still holds what was adopted. */
export async function renewedCookies(
  { binding, site, source }: Call,
  live: LiveSession,
): Promise<SessionCookie[]> {
  const { iat } = live.cookie
  const young = typeof iat !== "number" || Date.now() / 1000 - iat < site.settings.updateAge
  if (young && (!live.bound || holdsReference(live.cookie))) return []
  // First the record, then the cookie: never a cookie that outlives what it leads to.
  if (live.bound) await binding.evergrant.extendLogin(live.view.loginId, site.settings.maxAge)
  return reissueSessionCookie(binding.config, site.settings, cookieTokenOf(live), cookieNames(source.cookie))
}
