/** From a `Cookie` header to a session, or to the reason why there is none. */
import type { JWT } from "@auth/core/jwt"
import type { Binding } from "./binding.ts"
import { readRowSession } from "./database/read-row.ts"
import type { RequestReading } from "./live-session.ts"
import { restoreFromCookie } from "./restore-from-cookie.ts"
import { type CookieSettings, handleOf, readSessionCookie } from "./session-cookie.ts"

/**
 * Reads the session of a request.
 *
 * @param options.refresh `false` only looks.
 * @throws {StoreError} `store_unavailable`: the outcome "unknown".
 */
export async function readRequest(
  binding: Binding,
  settings: CookieSettings,
  cookieHeader: string,
  options: { refresh?: boolean } = {},
): Promise<RequestReading> {
  if (binding.rows) return readRowSession(binding, binding.rows, settings, cookieHeader, options)
  const present = cookieHeader.includes(settings.name)
  const cookie = await readSessionCookie(binding.config, settings, cookieHeader)
  if (!cookie)
    return { status: "signed_out", reason: present ? "unreadable_session" : "no_session", cookie: present }
  const found = handleOf(cookie)
  if (!found || (await restoreFromCookie(binding, found.handle, cookie)) === "unreadable")
    return { status: "signed_out", reason: "unreadable_session", cookie: true }

  const reading = await binding.evergrant.readSession(found.handle, options)
  if (reading.status === "session") {
    return { status: "session", session: { handle: found.handle, cookie, view: reading.view, bound: true } }
  }
  if (found.bound || reading.reason !== "unknown_session") {
    return { status: "signed_out", reason: reading.reason, cookie: true }
  }
  return readStockSession(binding, found.handle, cookie)
}

/** A session from before the installation stays signed in; nobody has to sign in again on the day of the release. */
async function readStockSession(binding: Binding, handle: string, cookie: JWT): Promise<RequestReading> {
  const { iat: _iat, exp = 0, jti: _jti, evergrant: _handle, ...token } = cookie
  const user = typeof cookie.sub === "string" ? cookie.sub : ""
  const account = binding.options.adopt?.(cookie)
  if (account) {
    const maxAge = binding.cookies(true).maxAge
    await binding.evergrant.startLogin({ user: { id: user }, account, token, maxAge, handle })
    const reading = await binding.evergrant.readSession(handle)
    return reading.status === "session"
      ? { status: "session", session: { handle, cookie, view: reading.view, bound: true } }
      : { status: "signed_out", reason: reading.reason, cookie: true }
  }
  const { data, version } = await binding.evergrant.readData(user)
  const view = {
    loginId: "",
    user,
    provider: "",
    token,
    revision: 0,
    claims: {},
    data,
    grants: [],
    version,
    expiresAt: exp,
    oldHandle: false,
  }
  return { status: "session", session: { handle, cookie, view, bound: false } }
}
