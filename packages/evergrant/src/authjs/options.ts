/** What the application writes under `evergrant` in its Auth.js config. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import type { AccountWriter } from "../accounts/account-writer.ts"
import type { DataDefinition } from "../data/data-definition.ts"
import { ConfigurationError } from "../errors.ts"
import type { EventListener } from "../events.ts"
import type { RefreshOptions } from "../evergrant.ts"
import type { EndpointOverrides } from "../provider/provider-config.ts"
import type { SignInAccount } from "../session/first-grant.ts"
import type { StoreDriver } from "../store/grant-store.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"
import { type AccountsOptions, accountsOf, type CustomAccounts, checkAccounts } from "./account-options.ts"
import { checkCookiePlacement } from "./check-cookie-placement.ts"
import { checkSessions, strategyOf } from "./session-strategy.ts"

/** What cannot be said in the Auth.js provider itself. */
export interface ProviderOptions {
  /** Where the server reaches the issuer, if browsers know it by another address. Sign-in uses it, too. */
  serverAddress?: string
  /** Replaces endpoints that discovery names. */
  endpoints?: EndpointOverrides
  /** Whether a request of the server alone ends the provider's session. Default: at Keycloak. */
  serverToServerLogout?: boolean
  /**
   * Seconds for which the provider accepts a spent refresh token once more (at Keycloak: "Refresh Token Max Reuse" of 1 or
   * more). A token request whose answer was lost is then repeated once. Default `0`: it accepts none.
   */
  reuseWindow?: number
}

export interface EvergrantAuthOptions<
  Claims extends ClaimDeclarations = ClaimDeclarations,
  Data extends SessionData = SessionData,
> {
  /** Where logins and grants are kept: `sqliteStore("evergrant.db")`, or `cookieStore()` to do without a store. */
  store: StoreDriver
  /** Keeps applications apart that share a store. Default `"default"`. */
  namespace?: string
  /** Claims that reach the session, each with its source. */
  claims?: Claims
  /** The application's own fields: schema, `load` at sign-in, what the browser may write. */
  data?: DataDefinition<Data>
  /** The account table that holds the newest tokens, as `drizzleAccounts(db)`, or more about accounts. */
  accounts?: AccountWriter | CustomAccounts | AccountsOptions
  /** Refreshing: how early, how long a caller waits. */
  refresh?: RefreshOptions
  /** By Auth.js provider id: private address, endpoints, way of logging out. */
  providers?: Readonly<Record<string, ProviderOptions>>
  /** In the JWT strategy: takes over the tokens of a session that is older than Evergrant, out of its token. */
  adopt?: (token: JWT) => SignInAccount | undefined
  /** Receives every event. Default: alarms go to the console. */
  events?: EventListener
}

/** An Auth.js config with its `evergrant` part. */
export type EvergrantAuthConfig<
  Claims extends ClaimDeclarations = ClaimDeclarations,
  Data extends SessionData = SessionData,
> = AuthConfig & { evergrant: EvergrantAuthOptions<Claims, Data> }

const known: readonly string[] = [
  "store",
  "namespace",
  "claims",
  "data",
  "accounts",
  "refresh",
  "providers",
  "adopt",
  "events",
]

/**
 * Checks the options at start.
 *
 * @throws {ConfigurationError} `option_invalid`, one sentence with the remedy.
 */
export function checkOptions(config: EvergrantAuthConfig): void {
  const options: unknown = config.evergrant
  if (typeof options !== "object" || options === null) {
    throw invalid(
      '`evergrant` is missing in the Auth.js config: add { store: sqliteStore("evergrant.db") }, or { store: cookieStore() } to do without a store.',
    )
  }
  const odd = Object.keys(options).find((key) => !known.includes(key))
  if (odd !== undefined) throw invalid(`evergrant.${odd} is not an option. There are: ${known.join(", ")}.`)
  const { store, data } = config.evergrant
  if (typeof store?.open !== "function") {
    throw invalid(
      'evergrant.store must be a store: sqliteStore("evergrant.db") from "evergrant/stores/sqlite", or cookieStore() from "evergrant/stores/cookie" to do without one.',
    )
  }
  if (data && typeof data.schema?.["~standard"]?.validate !== "function") {
    throw invalid("evergrant.data.schema must be a Standard Schema, for example a zod object.")
  }
  checkAccounts(accountsOf(config.evergrant))
  if (store.kind === "cookie") checkCookiePlacement(config)
  if (strategyOf(config) === "database") checkSessions(config.adapter)
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("option_invalid", message)
}
