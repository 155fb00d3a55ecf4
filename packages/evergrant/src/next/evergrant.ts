/** `evergrant(NextAuth, config)`: Auth.js v5 in Next.js, with grants that stay fresh and end together. */
import { checkOptions, type EvergrantAuthConfig, originOf } from "../authjs/index.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"
import { requireSameOrigin } from "../wire/same-origin.ts"
import { getAccessToken, patchSession, refreshSession, signIn, signOut, update } from "./actions.ts"
import {
  type ConfigSource,
  createApplication,
  type EvergrantConfig,
  type NextAuthFunction,
} from "./application.ts"
import { createAuth } from "./auth.ts"
import { prepareCall, sessionStatus } from "./current-session.ts"
import { createHandler } from "./handlers.ts"
import type { EvergrantResult } from "./result.ts"

/**
 * Extends Auth.js v5. Takes the place of the call to `NextAuth`; what it returns is used as before.
 *
 * The application's callbacks, events, providers and cookies keep working. Tokens stay on the server, in the store;
 * the session cookie carries one small reference to them. With `cookieStore()` they travel in that cookie, encrypted.
 *
 * @param NextAuth The default export of `next-auth` v5.
 * @param config The config of Auth.js with an `evergrant` part, or a function of the request that returns one.
 * @throws {ConfigurationError} `option_invalid`, one sentence that names the option and the remedy.
 * @example
 * export const { handlers, auth, signIn, signOut, getAccessToken } = evergrant(NextAuth, {
 *   providers: [Keycloak],
 *   session: { strategy: "jwt" },
 *   evergrant: { store: sqliteStore("evergrant.db") },
 * })
 */
export function evergrant<
  const Claims extends ClaimDeclarations = Record<never, never>,
  const Data extends SessionData = SessionData,
>(
  NextAuth: NextAuthFunction,
  config: ConfigSource<EvergrantConfig<Claims, Data>>,
): EvergrantResult<Claims, Data> {
  if (typeof config !== "function") checkOptions(config as unknown as EvergrantAuthConfig)
  const application = createApplication(NextAuth, config as unknown as ConfigSource<EvergrantConfig>)
  const handler = createHandler(application)
  const result = {
    handlers: { GET: handler, POST: handler },
    auth: createAuth(application),
    async sessionStatus(from: Parameters<EvergrantResult<Claims, Data>["sessionStatus"]>[0]) {
      const { live: _, ...status } = await sessionStatus(await prepareCall(application, from?.request))
      return status
    },
    signIn: (...given: Parameters<EvergrantResult<Claims, Data>["signIn"]>) => signIn(application, given),
    signOut: (options: Parameters<typeof signOut>[1]) => signOut(application, options),
    getAccessToken: (options: Parameters<typeof getAccessToken>[1]) => getAccessToken(application, options),
    refreshSession: (options: Parameters<typeof refreshSession>[1]) => refreshSession(application, options),
    patchSession: (patch: Partial<Data>, from: Parameters<typeof patchSession>[2]) =>
      patchSession(application, patch, from),
    unstable_update: (data: Parameters<typeof update>[1]) => update(application, data),
    requireSameOrigin(request: Request) {
      requireSameOrigin(request.headers, originOf(request.headers, new URL(request.url).protocol))
    },
    openAccount: async (row: Parameters<EvergrantResult<Claims, Data>["openAccount"]>[0]) =>
      (await application.bindingFor()).evergrant.openAccount(row),
    ping: async () => (await application.bindingFor()).evergrant.ping(),
    close: async () => (await application.bindingFor()).evergrant.close(),
  }
  return result as unknown as EvergrantResult<Claims, Data>
}
