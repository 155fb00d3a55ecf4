/**
 * The wish to link an account, from the start of a sign-in to its callback: a short-lived cookie, encrypted as the
 * session cookie is. Whoever comes back without it signs in anew.
 */
import { decode, encode } from "@auth/core/jwt"
import { accountsOf } from "./account-options.ts"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"
import type { SessionCookie } from "./session-cookie.ts"

/** Must not start like the session cookie, or Auth.js would take it for a part of that. */
const name = "evergrant.link"

/** Seconds that a sign-in at the provider may take. */
const life = 900

/** Notes that this login asked for this provider. */
export async function linkRequestCookie(
  { config }: Binding,
  { view }: LiveSession,
  provider: string,
  secure: boolean,
): Promise<SessionCookie> {
  const token = { sub: view.loginId, provider }
  const value = await encode({ token, secret: config.secret ?? "", salt: name, maxAge: life })
  return cookie(value, secure, life)
}

/**
 * Removes a wish that is there: it is good for one sign-in, and not for that of the next person at this browser whose
 * own does not ask.
 */
export function forgottenLinkRequest(cookieHeader: string, secure: boolean): SessionCookie[] {
  return readWish(cookieHeader) === undefined ? [] : [cookie("", secure, 0)]
}

function cookie(value: string, secure: boolean, maxAge: number): SessionCookie {
  return { name, value, options: { httpOnly: true, sameSite: "lax", path: "/", secure, maxAge } }
}

function readWish(cookieHeader: string): string | undefined {
  const pair = cookieHeader.split(/;\s*/).find((one) => one.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}

/** Whether a sign-in at this provider may be linked to the session that is there. */
export async function mayLink(
  binding: Binding,
  live: LiveSession,
  provider: string,
  cookieHeader: string,
): Promise<boolean> {
  const { linking = "when_signed_in" } = accountsOf(binding.options)
  if (linking === "when_signed_in") return true
  const token = readWish(cookieHeader)
  if (!token || !live.view.loginId) return false
  const wish = await decode({ token, secret: binding.config.secret ?? "", salt: name }).catch(() => null)
  return wish?.sub === live.view.loginId && wish.provider === provider
}
