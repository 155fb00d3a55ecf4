/** One application's Auth.js config with its Evergrant: what every binding to a host works with. */
import { type AuthConfig, setEnvDefaults } from "@auth/core"
import { createEvergrant, type Evergrant, type EvergrantOptions } from "../evergrant.ts"
import { processWide } from "../process-wide.ts"
import { accountsOf } from "./account-options.ts"
import { toAccountTable } from "./account-table.ts"
import { type SessionRows, sessionRows } from "./database/session-rows.ts"
import { checkOptions, type EvergrantAuthConfig, type EvergrantAuthOptions } from "./options.ts"
import { toProviderConfig } from "./provider-config.ts"
import { type CookieSettings, cookieSettings } from "./session-cookie.ts"
import { strategyOf } from "./session-strategy.ts"

export interface Binding {
  /** The config as Auth.js gets it, callbacks wrapped and environment defaults filled in. */
  config: AuthConfig
  /** The application's own callbacks and events. */
  their: Pick<AuthConfig, "callbacks" | "events" | "session">
  /** The session rows, in the database strategy. */
  rows?: SessionRows
  options: EvergrantAuthOptions
  evergrant: Evergrant
  /** Where logins are kept: in a store, or in the session cookie itself. */
  placement: "store" | "cookie"
  /** Cookie settings for a site of this protocol. */
  cookies(siteIsSecure: boolean): CookieSettings
}

/** A rotation ahead of time ends after the answer, and its tokens would be in no cookie until the next request. */
const inTheAnswer = Object.freeze({ ahead: 0 })

/** What a host adds to the options. */
export type HostDefaults = Pick<NonNullable<EvergrantOptions["refresh"]>, "defer">

/**
 * Creates the binding of a config that Auth.js has already completed (see {@link completeConfig}).
 *
 * @throws {ConfigurationError} `option_invalid`.
 */
export function createBinding(
  config: AuthConfig,
  original: EvergrantAuthConfig,
  host: HostDefaults,
): Binding {
  checkOptions(original)
  const { store, namespace, claims, data, refresh, events, providers = {} } = original.evergrant
  const { adapter } = original
  const rows = adapter && strategyOf(original) === "database" ? sessionRows(adapter) : undefined
  const application = `${store.kind} ${store.location} ${namespace ?? ""}`
  const accounts = toAccountTable(accountsOf(original.evergrant), adapter)
  const placement = store.kind === "cookie" ? "cookie" : "store"
  const secrets = [config.secret ?? []].flat()
  const evergrant = createEvergrant({
    store,
    secrets,
    providers: (id) => toProviderConfig(config, id, providers[id]),
    refresh: { ...host, ...(placement === "cookie" ? inTheAnswer : {}), ...refresh },
    ...(namespace === undefined ? {} : { namespace }),
    ...(claims === undefined ? {} : { claims }),
    ...(data === undefined ? {} : { data }),
    ...(accounts === undefined ? {} : { accounts }),
    ...(rows === undefined ? {} : { removeSession: rows.remove }),
    ...(events === undefined ? {} : { events }),
    tombstoneLife: cookieSettings(config, true).maxAge + 24 * 3600,
  })
  if (adapter && !accounts) tellOnce(application, () => evergrant.report({ type: "accounts.unwritten" }))
  const { callbacks, events: theirEvents, session } = original
  return {
    config,
    their: {
      ...(callbacks ? { callbacks } : {}),
      ...(theirEvents ? { events: theirEvents } : {}),
      ...(session ? { session } : {}),
    },
    ...(rows === undefined ? {} : { rows }),
    options: original.evergrant,
    evergrant,
    placement,
    cookies: (siteIsSecure) => cookieSettings(config, siteIsSecure),
  }
}

/** A config that is a function of the request makes a binding each time. */
function tellOnce(application: string, tell: () => void): void {
  const state = processWide(`accounts.unwritten ${application}`, () => ({ told: false }))
  if (!state.told) tell()
  state.told = true
}

/** Fills in what Auth.js takes from the environment: secrets, base path, providers' ids and issuers. */
export function completeConfig(config: AuthConfig, defaultBasePath: string): void {
  if (!config.basePath) {
    const path = process.env.AUTH_URL ? new URL(process.env.AUTH_URL).pathname : "/"
    config.basePath = path === "/" ? defaultBasePath : path
  }
  setEnvDefaults(process.env, config, true)
}
