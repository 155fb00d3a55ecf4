/** The rolling session cookie: issued again once per `updateAge`, where a cookie can be written at all. */
import {
  type Binding,
  type CookieSettings,
  cookieNames,
  cookieTokenOf,
  holdsReference,
  type LiveSession,
  reissueSessionCookie,
  rowCookie,
  type SessionCookie,
} from "../authjs/index.ts"
import type { Call } from "./current-session.ts"

/** Cookies to set with the answer; none while the present one is young, unless it still holds what was adopted. */
export async function renewedCookies(
  { binding, site, source }: Call,
  live: LiveSession,
): Promise<SessionCookie[]> {
  if (live.row) return renewedRow(binding, site.settings, live, live.row.session.expires)
  const { iat } = live.cookie
  const young = typeof iat !== "number" || Date.now() / 1000 - iat < site.settings.updateAge
  if (young && (!live.bound || holdsReference(live.cookie))) return []
  // First the record, then the cookie: never a cookie that outlives what it leads to.
  if (live.bound) await binding.evergrant.extendLogin(live.view.loginId, site.settings.maxAge)
  return reissueSessionCookie(binding.config, site.settings, cookieTokenOf(live), cookieNames(source.cookie))
}

/** As Auth.js does in the database strategy: the row is moved once per `updateAge`, and the cookie with it. */
async function renewedRow(
  { evergrant, config, rows }: Binding,
  settings: CookieSettings,
  { handle, view, bound }: LiveSession,
  until: Date,
): Promise<SessionCookie[]> {
  const { maxAge, updateAge } = settings
  if (until.getTime() - maxAge * 1000 + updateAge * 1000 > Date.now()) return []
  const expires = new Date(Date.now() + maxAge * 1000)
  if (bound) await evergrant.extendLogin(view.loginId, maxAge)
  await rows?.extend(handle, expires)
  return [rowCookie(config, settings, { value: handle, expires })]
}
