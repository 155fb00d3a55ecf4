/**
 * A new session cookie outside of Auth.js's own answers. Auth.js writes it all the same: its session action encrypts
 * the content, cuts it into chunks and clears what an older cookie has left, so that no rule of it is written twice.
 */
import { Auth, type AuthConfig, raw } from "@auth/core"
import { encode, type JWT } from "@auth/core/jwt"
import { type CookieSettings, isSessionCookie, type SessionCookie } from "./session-cookie.ts"

/**
 * Issues the session cookie with a new life.
 *
 * @param requestCookieNames Names of all cookies that the browser holds; parts of an older session are cleared.
 * @throws What the application's own `jwt.encode` throws: there is no new cookie then, and the old one stays.
 */
export async function reissueSessionCookie(
  config: AuthConfig,
  settings: CookieSettings,
  token: JWT,
  requestCookieNames: readonly string[],
): Promise<SessionCookie[]> {
  const { iat: _iat, exp: _exp, jti: _jti, ...content } = token
  const old = requestCookieNames.filter((name) => isSessionCookie(settings, name))
  const failures: unknown[] = []
  const answer = await Auth(requestWith(old.length > 0 ? old : [settings.name]), {
    raw,
    basePath: "/auth",
    trustHost: true,
    secret: config.secret ?? "",
    useSecureCookies: settings.secure,
    providers: [],
    cookies: { sessionToken: { ...config.cookies?.sessionToken, name: settings.name } },
    session: { strategy: "jwt", maxAge: settings.maxAge },
    jwt: { encode, ...config.jwt, decode: async () => content },
    callbacks: { jwt: () => content, session: ({ session }) => session },
    logger: { error: (error) => failures.push(error), warn() {}, debug() {} },
  })
  // It answers a failure by clearing the session.
  if (failures.length > 0) throw failures[0]
  return (answer.cookies ?? [])
    .filter(({ name, value }) => isSessionCookie(settings, name) && (value !== "" || old.includes(name)))
    .map(({ name, value, options }) => ({ name, value, options: { ...options } }))
}

/** Auth.js looks at the names of the old cookies, and leaves their value to `decode`. */
function requestWith(names: readonly string[]): Request {
  const cookie = names.map((name) => `${name}=-`).join("; ")
  return new Request("http://localhost/auth/session", { headers: { cookie } })
}
