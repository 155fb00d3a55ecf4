/** The facade: composes the parts. It knows no framework; the bindings translate for Auth.js and its hosts. */
import type { AccountKey, AccountPatch, AccountRow } from "./accounts/account-writer.ts"
import { type Seconds, type Surroundings, systemSurroundings } from "./clock.ts"
import type { DataDefinition } from "./data/data-definition.ts"
import { type PatchedBy, patchData } from "./data/patch-data.ts"
import { ConfigurationError, SignedOutError, type SignedOutReason } from "./errors.ts"
import { consoleListener, createEmitter, type EventListener, type EvergrantEvent } from "./events.ts"
import { accountsCheck } from "./linked/check-accounts.ts"
import { claimTable } from "./linked/claim-table.ts"
import { endLogin } from "./logout/end-login.ts"
import { endUnboundSession } from "./logout/end-unbound-session.ts"
import { type SignOutResult, signOut } from "./logout/sign-out.ts"
import { lookAtOutbox, stopLooking } from "./outbox/deliver.ts"
import { processWide } from "./process-wide.ts"
import { createOidcProvider, type OidcProvider } from "./provider/oidc-provider.ts"
import type { OidcProviderConfig } from "./provider/provider-config.ts"
import { openRecord } from "./refresh/open-record.ts"
import type { AccountTable, Parts } from "./refresh/parts.ts"
import { endQueue } from "./refresh/provider-queue.ts"
import { flightsLanded } from "./refresh/single-flight.ts"
import { saveOrGiveUp } from "./refresh/unsaved.ts"
import { type AccessTokenOptions, getAccessToken } from "./session/access-token.ts"
import { type AccountTokenOptions, getAccessTokenOfUser } from "./session/access-token-of-user.ts"
import type { LoginSnapshot } from "./session/login-snapshot.ts"
import { openLogin } from "./session/open-login.ts"
import { type ReadSessionOptions, readSession } from "./session/read-session.ts"
import { type RefreshSessionOptions, refreshSession } from "./session/refresh-session.ts"
import { restoreLogin } from "./session/restore-login.ts"
import { saveToken } from "./session/save-token.ts"
import type { AccessToken } from "./session/serve-token.ts"
import { type Reading, type SessionView, toSessionView } from "./session/session-view.ts"
import type { SignIn, StartedLogin } from "./session/sign-in.ts"
import { startLogin } from "./session/start-login.ts"
import { takeSnapshot } from "./session/take-snapshot.ts"
import { findSilentOffer } from "./silent/find-offer.ts"
import type { SilentOffer } from "./silent/offer.ts"
import { takeSilentOffer } from "./silent/take-offer.ts"
import type { StoreDriver } from "./store/grant-store.ts"
import { closeStore, openStore } from "./store/open-store.ts"
import { checkSecrets, createSealer } from "./store/seal.ts"
import { createVault, type SessionData } from "./store/vault.ts"
import { type ClaimDeclarations, checkDeclarations } from "./tokens/claims.ts"

export interface RefreshOptions {
  /**
   * Seconds before expiry from which on a token is refreshed ahead; clamped to a fifth of its life. Grants are spread
   * over the first third of this time, so that those of one moment are not due in one. Default `30`.
   */
  ahead?: Seconds
  /** Seconds that a caller waits for the provider. Default `4`. */
  callerWait?: Seconds
  /** Seconds that a crashed process keeps others from refreshing its grant; at least `1`. Default `10`. */
  lease?: Seconds
  /**
   * Waits for a refresh ahead as well (as long as `callerWait`, then the token that is still good is served). For
   * platforms that freeze or end a process after its response and have no `defer`. Default `false`.
   */
  inline?: boolean
  /** Refreshes that run at one provider at the same time, in this process; further ones queue. Default `20`. */
  concurrency?: number
  /** Seconds that `close()` waits for a store that does not take what the provider gave. Default `10`. */
  closeWait?: Seconds
  /** Keeps the platform awake for work that outlives the response, as Next's `after` does. */
  defer?: (work: Promise<unknown>) => void
}

export interface EvergrantOptions {
  /** Where logins and grants are kept. */
  store: StoreDriver
  /** The first seals, all open. At least 32 random characters in production. */
  secrets: readonly string[]
  /** Finds a provider by its Auth.js id; `undefined` if nothing can be refreshed there. */
  providers: (id: string) => OidcProviderConfig | undefined
  /** Keeps applications apart that share a store. Default `"default"`. */
  namespace?: string
  /** Claims that reach the session, each with its source. Default: none. */
  claims?: ClaimDeclarations
  /** The application's own fields. */
  data?: DataDefinition
  refresh?: RefreshOptions
  /** The account table that is to hold the newest tokens. Default: none. */
  accounts?: AccountTable
  /** Removes the session row of a login that has ended, in the database strategy. */
  removeSession?: (sessionToken: string) => Promise<void>
  /** Receives every event. Default: alarms go to the console. */
  events?: EventListener
  /** Seconds that an ended login is remembered: at least the life of a session cookie. Default 31 days. */
  tombstoneLife?: Seconds
  /** Clock, timers, random source and `fetch`. Default: the platform's. */
  surroundings?: Partial<Surroundings>
}

/** All that a binding needs. Every method throws `StoreError` (`store_unavailable`) when the store fails. */
export interface Evergrant {
  /** Binds a sign-in: a new login, or one that was there and gets another account. @throws {SignedOutError} */
  startLogin(signIn: SignIn): Promise<StartedLogin>
  /** Reads the session behind a handle, refreshing what has expired. */
  readSession(handle: string, options?: ReadSessionOptions): Promise<Reading>
  /** Gives an access token that is good now. @throws {SignedOutError} {NoGrantError} {ProviderUnavailableError} {ScopeError} */
  getAccessToken(handle: string, options?: AccessTokenOptions): Promise<AccessToken>
  /** The same outside of a request. @throws {SignedOutError} {NoGrantError} {ProviderUnavailableError} */
  getAccessTokenOfUser(options: AccountTokenOptions): Promise<AccessToken>
  /** Forces a refresh; returns the new session. @throws {SignedOutError} {NoGrantError} {ProviderUnavailableError} */
  refreshSession(handle: string, options?: RefreshSessionOptions): Promise<SessionView>
  /** Changes data fields; returns the new session. @throws {SessionPatchError} {SignedOutError} */
  patchSession(handle: string, patch: SessionData, by: PatchedBy): Promise<SessionView>
  /** Changes data fields of a user, of whom no login is at hand. @throws {SessionPatchError} */
  patchData(user: string, patch: SessionData, by: PatchedBy): Promise<SessionData>
  /** Reads the data of a user. */
  readData(user: string): Promise<{ data: SessionData; version: number }>
  /** Stores what the application's `jwt` callback made of the token. */
  saveToken(handle: string, view: SessionView, token: Record<string, unknown>): Promise<void>
  /** What the cookie of a login has to carry, unless `held` does, in the placement without a store. */
  takeSnapshot(handle: string, held?: unknown): Promise<LoginSnapshot | undefined>
  /** Puts back what the cookie of a login carries, where this process does not know it or knows it older. */
  restoreLogin(handle: string, user: string, held: unknown): Promise<"readable" | "unreadable">
  /** Looks whether one silent sign-in is offered to whoever holds the handle of a login that was lost. */
  findSilentOffer(handle: string): Promise<SilentOffer | undefined>
  /** Takes that offer: it is given once. */
  takeSilentOffer(handle: string): Promise<SilentOffer | undefined>
  /** Ends the login here and at its providers. */
  signOut(handle: string, landing: string): Promise<SignOutResult>
  /** Ends the login here, and leaves the provider alone. */
  endLogin(handle: string, reason: SignedOutReason): Promise<void>
  /** Remembers that a session older than Evergrant is over, so that a copy of its cookie is refused too. */
  endUnboundSession(handle: string, user: string): Promise<void>
  /** Keeps the record as long as a cookie that was issued again. */
  extendLogin(loginId: string, maxAge: Seconds): Promise<void>
  /** Seals the token columns of what is written to the account table by somebody else. */
  sealAccount(key: AccountKey, patch: AccountPatch): Promise<AccountPatch>
  /**
   * Opens the sealed columns of a row that was read from the account table; plain ones stay as they are.
   *
   * @throws {StoreError} `record_unreadable`.
   */
  openAccount(row: AccountRow): Promise<AccountRow>
  /** Resolves when the store can serve. */
  ping(): Promise<void>
  /** Tells the listener something that a binding has noticed. */
  report(event: EvergrantEvent): void
  /**
   * Drops refreshes that have not begun, waits for those that run, and `closeWait` seconds for a store that does not
   * take what they brought (an event tells of each loss). Then closes the store.
   */
  close(): Promise<void>
}

const defaults = Object.freeze({
  namespace: "default",
  ahead: 30,
  callerWait: 4,
  concurrency: 20,
  closeWait: 10,
  lease: 10,
  tombstoneLife: 31 * 24 * 3600,
})

/**
 * Composes an Evergrant. Nothing is opened or fetched before it is needed, and stores, metadata and running
 * refreshes are shared within the process: making several for the same application is cheap and harmless.
 *
 * @throws {ConfigurationError} `option_invalid`, naming the option and the remedy.
 */
export function createEvergrant(options: EvergrantOptions): Evergrant {
  const parts = compose(options)
  const release = parts.accounts && claimTable(parts.accounts.writer, `${parts.storeName} ${parts.namespace}`)
  if (options.store.kind === "cookie") warnOfPlacement(parts)
  const { data } = options
  return {
    startLogin: (signIn) => startLogin(parts, signIn, data),
    readSession: (handle, how) => readSession(parts, handle, how),
    getAccessToken: (handle, how) => getAccessToken(parts, handle, how),
    getAccessTokenOfUser: (how) => getAccessTokenOfUser(parts, how),
    refreshSession: (handle, how) => refreshSession(parts, handle, how),

    async patchSession(handle, patch, by) {
      const before = await openLogin(parts, handle)
      if (before.status !== "live") throw new SignedOutError(before.reason)
      await patchData(parts, data, before.login.record.user, patch, by)
      const after = await openLogin(parts, handle)
      if (after.status !== "live") throw new SignedOutError(after.reason)
      return toSessionView(after.login)
    },
    patchData: (user, patch, by) => patchData(parts, data, user, patch, by),

    async readData(user) {
      const record = await (await parts.vault.store()).readData(user)
      if (!record) return { data: {}, version: 0 }
      const data = await openRecord(parts, "none", "data", () => parts.vault.openData(record))
      return { data: data ?? {}, version: record.version }
    },

    saveToken: (handle, view, token) => saveToken(parts, handle, view, token),
    takeSnapshot: (handle, held) => takeSnapshot(parts, handle, held),
    restoreLogin: (handle, user, held) => restoreLogin(parts, handle, user, held),
    findSilentOffer: (handle) => findSilentOffer(parts, handle),
    takeSilentOffer: (handle) => takeSilentOffer(parts, handle),
    signOut: (handle, landing) => signOut(parts, handle, landing),

    async endLogin(handle, reason) {
      await (await endLogin(parts, handle, reason)).cleared
    },
    endUnboundSession: (handle, user) => endUnboundSession(parts, handle, user),

    async extendLogin(loginId, maxAge) {
      await (await parts.vault.store()).extendLogin(loginId, parts.surroundings.clock.now() + maxAge)
    },

    sealAccount: (key, patch) => parts.vault.sealAccount(key, patch),
    openAccount: (row) => parts.vault.openAccount(row),

    async ping() {
      lookAtOutbox(parts)
      await (await parts.vault.store()).ping()
    },

    report: parts.emit,

    async close() {
      endQueue(parts)
      await flightsLanded()
      await saveOrGiveUp(parts, parts.refresh.closeWait)
      await stopLooking(parts)
      release?.()
      await closeStore(options.store, parts.namespace)
    },
  }
}

/** Once per process, whichever module copy and whichever request composes first. */
function warnOfPlacement({ emit }: Parts): void {
  processWide("placement.limited", () => {
    emit({ type: "placement.limited", store: "cookie" })
    return true
  })
}

function compose(options: EvergrantOptions): Parts {
  if (!options.store) {
    throw new ConfigurationError(
      "option_invalid",
      'evergrant.store is missing: pass sqliteStore("evergrant.db"), or cookieStore() to do without a store.',
    )
  }
  checkSecrets(options.secrets, process.env.NODE_ENV === "production")
  const claims = options.claims ?? {}
  checkDeclarations(claims)
  const surroundings = { ...systemSurroundings, ...options.surroundings }
  const namespace = options.namespace ?? defaults.namespace
  const sealer = createSealer(options.secrets, namespace, surroundings.random)
  const emit = createEmitter(options.events ?? consoleListener(() => surroundings.clock.now()))
  const known = new Map<string, OidcProvider | undefined>()
  const checkAccounts = options.accounts && accountsCheck(options.accounts.writer, surroundings)
  return {
    namespace,
    storeName: `${options.store.kind} ${options.store.location}`,
    surroundings,
    claims,
    ...(options.accounts ? { accounts: options.accounts } : {}),
    ...(options.removeSession ? { removeSession: options.removeSession } : {}),
    vault: createVault(
      async () => {
        await checkAccounts?.()
        return openStore(options.store, {
          namespace,
          clock: surroundings.clock,
          warn: (warning) => emit({ type: "store.warning", store: options.store.kind, ...warning }),
        })
      },
      sealer,
      surroundings.random,
    ),
    emit,
    provider(id) {
      if (!known.has(id)) {
        const config = options.providers(id)
        known.set(id, config && createOidcProvider(config, surroundings))
      }
      return known.get(id)
    },
    refresh: {
      ahead: options.refresh?.ahead ?? defaults.ahead,
      callerWait: options.refresh?.callerWait ?? defaults.callerWait,
      lease: Math.max(1, options.refresh?.lease ?? defaults.lease),
      inline: options.refresh?.inline ?? false,
      concurrency: Math.max(1, options.refresh?.concurrency ?? defaults.concurrency),
      closeWait: options.refresh?.closeWait ?? defaults.closeWait,
    },
    defer: options.refresh?.defer ?? (() => {}),
    tombstoneLife: options.tombstoneLife ?? defaults.tombstoneLife,
  }
}
