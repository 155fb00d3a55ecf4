/** What the application writes under `evergrant` in its Auth.js config. */
import type { AuthConfig } from "@auth/core"
import type { Adapter } from "@auth/core/adapters"
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

/** What cannot be said in the Auth.js provider itself. */
export interface ProviderOptions {
  /** Where the server reaches the issuer, if browsers know it by another address. Sign-in uses it, too. */
  serverAddress?: string
  /** Replaces endpoints that discovery names. */
  endpoints?: EndpointOverrides
  /** Whether a request of the server alone ends the provider's session. Default: at Keycloak. */
  serverToServerLogout?: boolean
}

/** An account table of which Evergrant has no writer: the application fills it in. */
export type CustomAccounts = Pick<AccountWriter, "update"> & Partial<AccountWriter>

/** How accounts are kept and linked. */
export interface AccountsOptions {
  /** Writes the account table, as `drizzleAccounts(db)`. Default: no table is written. */
  writer?: AccountWriter | CustomAccounts
  /** Seals the token columns, with the keys of the store. Rows that are plain are sealed when they are written. */
  sealed?: boolean
  /**
   * Who is right about an account's tokens. `"row"`: for deployments whose other services read the account table and
   * refresh what they find. All logins of the account share one grant, the row's; it ends with the last of them.
   * Default `"store"`: each login has a grant of its own, and the row shows the newest.
   */
  source?: "store" | "row"
  /**
   * Whether somebody who is signed in and signs in at another provider links that account. `"on_request"`: only when
   * the application asked for it, by `signIn(provider, { link: true })`. Default `"when_signed_in"`, as Auth.js.
   */
  linking?: "when_signed_in" | "on_request"
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
  /** Takes over the tokens of a session that is older than Evergrant, out of its token. */
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
  if (strategyOf(config) === "database") {
    if (store.kind === "cookie") {
      throw invalid(
        'cookieStore() needs the session cookie for the tokens, which session strategy "database" does not give it: use sqliteStore("evergrant.db"), or set session: { strategy: "jwt" }.',
      )
    }
    checkSessions(config.adapter)
  }
}

/** Where sessions live, by Auth.js's own rule: in the database if there is an adapter and nothing else is said. */
export function strategyOf({
  session,
  adapter,
}: Pick<AuthConfig, "session" | "adapter">): "jwt" | "database" {
  return session?.strategy ?? (adapter ? "database" : "jwt")
}

/** The options about accounts, also where the writer alone was given. */
export function accountsOf({ accounts = {} }: EvergrantAuthOptions): AccountsOptions {
  return "update" in accounts ? { writer: accounts } : accounts
}

const sessionMethods = ["createSession", "getSessionAndUser", "updateSession", "deleteSession"] as const

function checkSessions(adapter: Adapter | undefined): void {
  if (!adapter) {
    throw invalid(
      'session.strategy is "database" and there is no adapter: add one, or set session: { strategy: "jwt" }.',
    )
  }
  const missing = sessionMethods.filter((method) => typeof adapter[method] !== "function")
  if (missing.length === 0) return
  throw invalid(
    `The adapter keeps no sessions (it lacks ${missing.join(", ")}): set session: { strategy: "jwt" }, or use an adapter that has them.`,
  )
}

const accountsKnown: readonly string[] = ["writer", "sealed", "source", "linking"]

function checkAccounts(accounts: AccountsOptions): void {
  if (typeof accounts !== "object" || accounts === null || Array.isArray(accounts)) {
    throw invalid("evergrant.accounts must be one writer, for example drizzleAccounts(db).")
  }
  const odd = Object.keys(accounts).find((key) => !accountsKnown.includes(key))
  if (odd !== undefined) {
    throw invalid(
      `evergrant.accounts.${odd} is not an option: give a writer, as drizzleAccounts(db), an object with find and update of your own, or { ${accountsKnown.join(", ")} }.`,
    )
  }
  const { writer, source, linking } = accounts
  if (writer !== undefined && typeof writer.update !== "function") {
    throw invalid("evergrant.accounts.writer must have a function update(key, patch, expected).")
  }
  if (source !== undefined && source !== "store" && source !== "row") {
    throw invalid('evergrant.accounts.source must be "store" or "row".')
  }
  if (source === "row" && !writer) {
    throw invalid(
      'evergrant.accounts.source is "row" and there is no writer: add one, as drizzleAccounts(db).',
    )
  }
  if (linking !== undefined && linking !== "when_signed_in" && linking !== "on_request") {
    throw invalid('evergrant.accounts.linking must be "when_signed_in" or "on_request".')
  }
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("option_invalid", message)
}
