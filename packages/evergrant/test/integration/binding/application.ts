/** An application on the real next-auth: one provider, a store of its own, and ears for everything that it says. */
import NextAuth, { customFetch, type NextAuthConfig } from "next-auth"
import { z } from "zod"
import type { EvergrantEvent } from "../../../src/index.ts"
import type { EvergrantAuthOptions } from "../../../src/next/index.ts"
import { type EvergrantResult, evergrant } from "../../../src/next/index.ts"
import { memoryStore } from "../../../src/stores/memory.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import { Browser } from "./browser.ts"

export const appUrl: string = "http://app.localhost:3210"
export const secret: string = "0123456789abcdef0123456789abcdef"

/** The application's own fields, as in the demo. */
export const profile: z.ZodObject<{
  step: z.ZodDefault<z.ZodEnum<{ START: "START"; PROFILE: "PROFILE"; COMPLETED: "COMPLETED" }>>
  theme: z.ZodDefault<z.ZodEnum<{ light: "light"; dark: "dark" }>>
}> = z.object({
  step: z.enum(["START", "PROFILE", "COMPLETED"]).default("START"),
  theme: z.enum(["light", "dark"]).default("light"),
})
export type Profile = z.infer<typeof profile>

export const claims: { email: "userinfo"; plan: "id_token"; "realm_access.roles": "access_token" } = {
  email: "userinfo",
  plan: "id_token",
  "realm_access.roles": "access_token",
}

type Options = Partial<EvergrantAuthOptions<typeof claims, Profile>>

/** What a test changes in the config of the application. */
export interface ApplicationOptions extends Partial<NextAuthConfig> {
  evergrant?: Options
  /** Hands the config over as `NextAuth((request) => config)`. */
  lazy?: boolean
}

export interface Application {
  result: EvergrantResult<typeof claims, Profile>
  events: EvergrantEvent[]
  /** Everything that Auth.js logged. */
  log: unknown[]
  /** Every token that the provider gave to this application. */
  tokens: TokenAnswer[]
  /** A browser that has never been here. */
  browser(): Browser
}

/** An answer of the token endpoint. */
export interface TokenAnswer {
  access_token?: string
  refresh_token?: string
  id_token?: string
}

let names = 0

/** A store that no other test knows. */
export function freshStore(): ReturnType<typeof memoryStore> {
  names += 1
  return memoryStore({ name: `binding ${process.pid} ${names}` })
}

/** The Auth.js provider of a {@link TestProvider}; what its token endpoint answers goes to `tokens`. */
export function oidcProvider(
  provider: TestProvider,
  tokens: TokenAnswer[] = [],
  id = "oidc",
): NextAuthConfig["providers"][number] {
  return {
    id,
    name: "The provider",
    type: "oidc",
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    checks: ["pkce", "state", "nonce"],
    [customFetch]: async (...given: Parameters<typeof fetch>) => {
      const response = await fetch(...given)
      if (!response.ok || !/\/token$/.test(response.url)) return response
      tokens.push((await response.clone().json()) as TokenAnswer)
      return response
    },
  }
}

/** Makes an application; by default on a memory store of its own. */
export function createApplication(
  provider: TestProvider,
  { evergrant: options = {}, lazy = false, ...config }: ApplicationOptions = {},
): Application {
  const events: EvergrantEvent[] = []
  const log: unknown[] = []
  const tokens: TokenAnswer[] = []
  const hear = (...said: unknown[]) => {
    log.push(said)
  }
  const store = freshStore()
  const make = () => ({
    providers: [oidcProvider(provider, tokens)],
    secret,
    trustHost: true,
    session: { strategy: "jwt" as const },
    // Stock Auth.js writes whole token answers to `debug`.
    logger: { error: hear, warn: hear, debug: hear },
    ...config,
    evergrant: {
      store,
      claims,
      data: { schema: profile, browserWritable: ["theme" as const] },
      events: (event: EvergrantEvent) => {
        events.push(event)
      },
      ...options,
    },
  })
  const result = evergrant<typeof claims, Profile>(NextAuth, lazy ? () => make() : make())
  return {
    result,
    events,
    log,
    tokens,
    browser: () => new Browser(result.handlers, appUrl, new CookieJar()),
  }
}
