/** The token of a session row. It is the handle of the login as well. */
import type { AuthConfig } from "@auth/core"
import { getToken } from "@auth/core/jwt"
import { systemSurroundings } from "../../clock.ts"
import type { CookieSettings } from "../session-cookie.ts"

/** Tells our tokens from those of sessions that are older than Evergrant: those have no login in the store. */
const prefix = "eg_"

/** Makes a token: 256 random bits, unless the application makes its own. */
export function newSessionToken({ session }: Pick<AuthConfig, "session">): string {
  const own = session?.generateSessionToken?.()
  return own ?? `${prefix}${Buffer.from(systemSurroundings.random(32)).toString("base64url")}`
}

/** Whether a session of this token has a login for certain, so that one without is no session. */
export function hasLoginForCertain(sessionToken: string): boolean {
  return sessionToken.startsWith(prefix)
}

/** Reads the token out of a `Cookie` header, by Auth.js's own rules. */
export async function readSessionToken(
  settings: CookieSettings,
  cookieHeader: string,
): Promise<string | undefined> {
  if (!cookieHeader.includes(settings.name)) return undefined
  const token = await getToken({
    req: { headers: new Headers({ cookie: cookieHeader }) },
    cookieName: settings.name,
    secureCookie: settings.secure,
    // Nothing is decoded: the value itself is wanted.
    raw: true,
    secret: "unused",
  })
  return token || undefined
}
