/** The session cookie anew, where a cookie can be written at all: once per `updateAge`, and when it is behind. */
import {
  type Binding,
  type CookieSettings,
  clearedSessionCookies,
  cookieNames,
  cookieTokenOf,
  holdsReference,
  isCookieBehind,
  type LiveSession,
  reissueSessionCookie,
  rowCookie,
  type SessionCookie,
} from "../authjs/index.ts"
import { type Call, readCall } from "./current-session.ts"
import { jarNames } from "./jar.ts"

/**
 * Cookies to set with the answer; none while the present one is young, unless it still holds what was adopted, or
 * less of the login than this process knows.
 */
export async function renewedCookies(call: Call, live: LiveSession): Promise<SessionCookie[]> {
  if (live.view.oldHandle) return []
  if (live.row) return renewedRow(call.binding, call.site.settings, live, live.row.session.expires)
  const { iat } = live.cookie
  const old = typeof iat !== "number" || Date.now() / 1000 - iat >= call.site.settings.updateAge
  const adopted = live.bound && !holdsReference(live.cookie)
  return old || adopted ? reissuedCookies(call, live) : caughtUpCookies(call, live)
}

/** Cookies to set where a young cookie needs no renewing, and an old one is none of the route's business. */
export async function caughtUpCookies(call: Call, live: LiveSession): Promise<SessionCookie[]> {
  return (await isCookieBehind(call.binding, live)) ? reissuedCookies(call, live) : []
}

/** Removes parts of the session that this very request has written, and that Auth.js's own actions do not see. */
export function unseenCookies({ binding, site, source }: Call): SessionCookie[] {
  const seen = cookieNames(source.headers.get("cookie") ?? "")
  const unseen = cookieNames(source.cookie).filter((name) => !seen.includes(name))
  return clearedSessionCookies(binding.config, site.settings, unseen)
}

/** As {@link caughtUpCookies}, for whoever has not read the session, or has changed it since. */
export async function cookiesOfCall(call: Call): Promise<SessionCookie[]> {
  if (call.binding.placement === "store") return []
  const reading = await readCall(call, { refresh: false })
  return reading.status === "session" ? caughtUpCookies(call, reading.session) : []
}

/** Cookies that make the session anew, whatever is set already. */
export async function reissuedCookies(
  { binding, site, source }: Call,
  live: LiveSession,
): Promise<SessionCookie[]> {
  // In the database strategy the cookie is the row's, and never behind. A late answer to an old handle must not put
  // it in the place of the one that the browser has got since.
  if (live.row || live.view.oldHandle) return []
  // First the record, then the cookie: never a cookie that outlives what it leads to.
  if (live.bound) await binding.evergrant.extendLogin(live.view.loginId, site.settings.maxAge)
  const token = await cookieTokenOf(binding, live)
  // A late answer must not put a login back into the browser that ended on its way.
  if (!token) return []
  // What this very request has set is in the browser, too, once the answer gets there.
  const names = [...new Set([...cookieNames(source.cookie), ...(await jarNames())])]
  return reissueSessionCookie(binding.config, site.settings, token, names)
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
  if (!(await rows?.extend(handle, expires))) return []
  return [rowCookie(config, settings, { value: handle, expires })]
}
