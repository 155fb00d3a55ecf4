/** From a `Cookie` header to a session whose row is in the application's database. */
import type { SignedOutReason } from "../../errors.ts"
import type { Binding } from "../binding.ts"
import type { RequestReading } from "../live-session.ts"
import type { CookieSettings } from "../session-cookie.ts"
import type { SessionRow, SessionRows } from "./session-rows.ts"
import { hasLoginForCertain, readSessionToken } from "./session-token.ts"

/**
 * Reads the session of a request. Both must say yes: the login in the store, and the row.
 *
 * @throws {StoreError} `store_unavailable`: the store or the database cannot be read.
 */
export async function readRowSession(
  binding: Binding,
  rows: SessionRows,
  settings: CookieSettings,
  cookieHeader: string,
  options: { refresh?: boolean },
): Promise<RequestReading> {
  const token = await readSessionToken(settings, cookieHeader)
  if (!token) return { status: "signed_out", reason: "no_session", cookie: false }
  const over = (reason: SignedOutReason): RequestReading => ({ status: "signed_out", reason, cookie: true })

  const reading = await binding.evergrant.readSession(token, options)
  if (reading.status === "signed_out") {
    const older = reading.reason === "unknown_session" && !hasLoginForCertain(token)
    if (!older) return over(reading.reason)
  }
  const row = await rows.find(token)
  const expired = row !== null && row.session.expires.getTime() <= Date.now()
  // Somebody gave the row to another user: whose the session is, login and row no longer agree.
  const foreign = row !== null && reading.status === "session" && reading.view.user !== String(row.user.id)
  if (!row || expired || foreign) {
    const reason = expired ? "session_expired" : "session_deleted"
    // The row of a handle that an account was linked under is over by itself, and its login lives on.
    if (reading.status === "session" && !reading.view.oldHandle) {
      await binding.evergrant.endLogin(token, reason)
    }
    if (expired) await rows.remove(token)
    return over(reading.status === "session" ? reason : "unknown_session")
  }
  const about = { handle: token, row, cookie: toCookie(row) }
  if (reading.status === "session") {
    return { status: "session", session: { ...about, view: reading.view, bound: true } }
  }
  return { status: "session", session: { ...about, view: await stockView(binding, row), bound: false } }
}

/** What a session cookie of the other strategy would tell. */
function toCookie({ session, user }: SessionRow): { sub: string; exp: number } {
  return { sub: String(user.id), exp: session.expires.getTime() / 1000 }
}

/** A session from before the installation stays signed in. */
async function stockView(binding: Binding, { session, user }: SessionRow) {
  const id = String(user.id)
  const { data, version } = await binding.evergrant.readData(id)
  return {
    loginId: "",
    user: id,
    provider: "",
    token: {},
    revision: 0,
    claims: {},
    data,
    grants: [],
    version,
    expiresAt: session.expires.getTime() / 1000,
    oldHandle: false,
  }
}
