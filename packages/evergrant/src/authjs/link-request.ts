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
  return { name, value, options: { httpOnly: true, sameSite: "lax", path: "/", secure, maxAge: life } }
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
  const value = cookieHeader.split(/;\s*/).find((pair) => pair.startsWith(`${name}=`))
  if (!value || !live.view.loginId) return false
  const token = value.slice(name.length + 1)
  const wish = await decode({ token, secret: binding.config.secret ?? "", salt: name }).catch(() => null)
  return wish?.sub === live.view.loginId && wish.provider === provider
}
