/** The session cookie of Auth.js, by Auth.js's own rules: its name, its encryption, its chunks. */
import type { AuthConfig } from "@auth/core"
import { getToken, type JWT } from "@auth/core/jwt"

/** Seconds that a session cookie lives when the application says nothing; Auth.js's own default. */
const defaultMaxAge = 30 * 24 * 3600
const defaultUpdateAge = 24 * 3600

/** The member of the token that holds the handle. */
const handleKey = "evergrant"

/** The member of the token that holds the login itself, in the placement without a store. */
export const loginKey = "evergrantLogin"

export interface CookieSettings {
  name: string
  secure: boolean
  maxAge: number
  updateAge: number
}

/** A cookie to be set. Names and options as in Auth.js. */
export interface SessionCookie {
  name: string
  value: string
  options: Record<string, unknown>
}

/** Settings as Auth.js computes them for a site of this protocol. */
export function cookieSettings(config: AuthConfig, siteIsSecure: boolean): CookieSettings {
  const secure = config.useSecureCookies ?? siteIsSecure
  return {
    name: config.cookies?.sessionToken?.name ?? `${secure ? "__Secure-" : ""}authjs.session-token`,
    secure,
    maxAge: config.session?.maxAge ?? defaultMaxAge,
    updateAge: config.session?.updateAge ?? defaultUpdateAge,
  }
}

/** Opens the session cookie out of a `Cookie` header; `null` when it is absent, altered, expired or foreign. */
export async function readSessionCookie(
  config: AuthConfig,
  settings: CookieSettings,
  cookieHeader: string,
): Promise<JWT | null> {
  if (!cookieHeader.includes(settings.name)) return null
  try {
    return await getToken({
      // Only the cookie: core would take an Authorization header for a session as well.
      req: { headers: new Headers({ cookie: cookieHeader }) },
      cookieName: settings.name,
      salt: settings.name,
      secret: config.secret ?? "",
      secureCookie: settings.secure,
      ...(config.jwt?.decode ? { decode: config.jwt.decode } : {}),
      logger: { debug() {}, error() {}, warn() {} },
    })
  } catch {
    return null
  }
}

/** The handle in a token. A token from before Evergrant implies one by its `jti`. */
export function handleOf(token: JWT): { handle: string; bound: boolean } | undefined {
  const handle = token[handleKey]
  if (typeof handle === "string" && handle !== "") return { handle, bound: !handle.startsWith("stock:") }
  return typeof token.jti === "string" ? { handle: `stock:${token.jti}`, bound: false } : undefined
}

/** The token that goes into the cookie: a reference, however large the real one is. */
export function referenceToken(user: string, handle: string): JWT {
  return { sub: user, [handleKey]: handle }
}

/** The token of a session older than Evergrant, for a new cookie: all copies of it stay one session. */
export function unboundToken(token: JWT, handle: string): JWT {
  return { ...token, [handleKey]: handle }
}

/** Whether a cookie holds the reference alone, and not yet the whole token that Auth.js put into it. */
export function holdsReference(token: JWT): boolean {
  return token[handleKey] !== undefined
}

/** The cookie of the database strategy: it holds the token of the session row. */
export function rowCookie(
  config: AuthConfig,
  settings: CookieSettings,
  { value, expires }: { value: string; expires: Date },
): SessionCookie {
  return { name: settings.name, value, options: { ...cookieOptions(config, settings), expires } }
}

/** Cookies that remove the session from the browser. */
export function clearedSessionCookies(
  config: AuthConfig,
  settings: CookieSettings,
  requestCookieNames: readonly string[],
): SessionCookie[] {
  return requestCookieNames
    .filter((name) => isSessionCookie(settings, name))
    .map((name) => ({ name, value: "", options: { ...cookieOptions(config, settings), maxAge: 0 } }))
}

/** Removes session cookies from a `Cookie` header, so that Auth.js does not see a session that is over. */
export function withoutSessionCookies(names: readonly string[], cookieHeader: string): string {
  return cookieHeader
    .split(/;\s*/)
    .filter((pair) => !names.some((name) => pair.startsWith(name)))
    .join("; ")
}

/** Names of the cookies in a `Cookie` header. */
export function cookieNames(cookieHeader: string): string[] {
  return cookieHeader.split(/;\s*/).map((pair) => pair.split("=")[0] ?? "")
}

/** Auth.js takes every cookie whose name starts like its own for a part of the session. */
export function isSessionCookie(settings: CookieSettings, name: string): boolean {
  return name.startsWith(settings.name)
}

function cookieOptions(config: AuthConfig, settings: CookieSettings): Record<string, unknown> {
  return {
    httpOnly: true,
    sameSite: "lax",
    path: "/",
    secure: settings.secure,
    ...config.cookies?.sessionToken?.options,
  }
}
