/** Applications without a store: each its own process, as far as logins are concerned, and one secret. */
import { decode, type JWT } from "@auth/core/jwt"
import { cookieStore } from "../../../src/stores/cookie.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import { type Application, type ApplicationOptions, createApplication, secret } from "./application.ts"
import { Browser, sessionCookie } from "./browser.ts"

let names = 0

/** Makes an application whose memory no other one shares: another instance, or the same one after a restart. */
export function createCookieApplication(
  provider: TestProvider,
  { evergrant, ...config }: ApplicationOptions = {},
): Application {
  names += 1
  const store = cookieStore({ name: `cookie ${process.pid} ${names}` })
  return createApplication(provider, { ...config, evergrant: { store, ...evergrant } })
}

/** The same browser, in front of another process. */
export function moveTo(app: Application, browser: Browser): Browser {
  return new Browser(app.result.handlers, browser.origin, browser.jar)
}

/** Names and values of the session's cookies. */
export function sessionParts(browser: Browser): [string, string][] {
  return browser.cookieHeader
    .split("; ")
    .map((pair) => pair.split("=") as [string, string])
    .filter(([name]) => name.startsWith(sessionCookie))
}

/** The session's cookie as one value, in one piece or in chunks. */
export function sessionToken(parts: readonly (readonly [string, string])[]): string {
  const index = (name: string) => Number(name.slice(sessionCookie.length + 1) || "0")
  return [...parts]
    .sort(([a], [b]) => index(a) - index(b))
    .map(([, value]) => value)
    .join("")
}

/** What the cookie of the login holds. */
export interface Carried {
  loginId: string
  version: number
  revision: number
  grants: { generation: number; tokens: { accessToken: string; refreshToken: string } }[]
  data: { version: number; fields: Record<string, unknown> } | null
}

export async function readCookie(browser: Browser): Promise<JWT & { evergrantLogin?: Carried }> {
  const token = await decode({ token: sessionToken(sessionParts(browser)), secret, salt: sessionCookie })
  return (token ?? {}) as JWT & { evergrantLogin?: Carried }
}

/** The login that the cookie carries. */
export async function carriedLogin(browser: Browser): Promise<Carried> {
  const { evergrantLogin } = await readCookie(browser)
  if (!evergrantLogin) throw new Error("The cookie carries no login.")
  return evergrantLogin
}
