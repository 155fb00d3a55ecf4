/**
 * The store port. A store keeps records, compares and indexes; it never sees a token and takes no decision.
 * Every method is one atomic step: a crash leaves it done or undone. The suite `evergrant/testing/contracts`
 * is the normative description, and every store passes it.
 */
import type { Clock, EpochSeconds, Seconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import type {
  Change,
  DataRecord,
  EndedLogin,
  GrantKey,
  GrantRecord,
  LoginRecord,
  LoginSelector,
  OutboxEntry,
  RefreshIntent,
  RestoredLogin,
  SpentToken,
  StoredLogin,
} from "./records.ts"

/**
 * What became of a guarded write.
 *
 * - `stored`: written.
 * - `conflict`: the record is not (or no longer) what the caller compared with; nothing was written.
 * - `ended`: a tombstone in force forbids it, or the login has expired; nothing was written. A tombstone of a sid or
 *   sub forbids a grant whose `firstIssuedAt` is not later than the tombstone's `at`.
 * - `missing`: there is no such record; nothing was written.
 */
export type WriteOutcome = "stored" | "conflict" | "ended" | "missing"

/** A grant without what the login already says. */
export type NewGrant = Omit<GrantRecord, "loginId">

/** The right to spend exactly this refresh token. */
export interface RefreshGuard {
  grant: GrantKey
  /** The generation that the caller read. */
  generation: number
  /** SHA-256 of the refresh token that the caller read. */
  tokenHash: string
}

/** The fields of a grant that a rotation replaces. */
export type RotatedGrant = Pick<
  GrantRecord,
  "tokenHash" | "receivedAt" | "expiresAt" | "sessionExpiresAt" | "sealedTokens" | "sealedClaims"
> & {
  /** Kept when absent. */
  sid?: string
}

/** How logins are ended. */
export interface EndLogins {
  by: LoginSelector
  reason: SignedOutReason
  /**
   * The time of the end. By sid or sub, a login whose matching grant was first issued later than this is left alone;
   * by login or user, every match ends.
   */
  at: EpochSeconds
  /** How long the tombstone is kept. */
  tombstoneUntil: EpochSeconds
  /** Work to be remembered in the same step. */
  outbox?: readonly OutboxEntry[]
}

export interface GrantStore {
  /**
   * Finds the login that a handle leads to, with its grants (in the order in which they were linked) and its user's
   * data, in one read. An expired login is `ended` with `session_expired`; an ended one is told from an unknown one
   * until its tombstone expires. A handle that the login has moved away from says so by `oldHandleUntil`.
   */
  readLogin(handleHash: string): Promise<StoredLogin | EndedLogin | undefined>

  /**
   * Stores a new login with its grants. `ended` when there is a tombstone for its id, or one for (issuer, client,
   * sid) or (issuer, client, sub) that is not older than the grant's `firstIssuedAt`; `conflict` when id or handle
   * is taken.
   */
  createLogin(login: LoginRecord, handleHash: string, grants: readonly NewGrant[]): Promise<WriteOutcome>

  /**
   * Adds a grant to a live login, or replaces the grant of the same account, and moves the login to a new
   * handle. The old handle keeps leading to the login until `oldHandleUntil`. `conflict` when the new handle leads
   * to another login.
   */
  linkGrant(link: {
    loginId: string
    grant: NewGrant
    handleHash: string
    oldHandleUntil: EpochSeconds
  }): Promise<WriteOutcome>

  /** Rewrites the login's own payload if its revision is still `revision`. */
  updateLogin(update: { loginId: string; revision: number; sealedLogin: string }): Promise<WriteOutcome>

  /** Moves the login's `expiresAt` forward; never back. Grows no version and is no change. */
  extendLogin(loginId: string, expiresAt: EpochSeconds): Promise<WriteOutcome>

  /**
   * Puts a login back that was kept elsewhere, as far as the store does not know it or knows an older one: a grant by
   * its generation, the login's payload by its revision, the data by its version. Which grants there are, and which
   * claims of one generation, is decided by the higher version of the login. A handle that the store does not know
   * leads to a login that it knows only if that login is older there.
   *
   * `stored`: something was taken. `conflict`: the store knows all of it, or newer; or the handle leads to another
   * login. `ended`: the login has expired, or a tombstone of it, its sids or subs forbids it; then the handle leads to
   * the tombstone. Only stores that can lose what they were given have it: the placement in the cookie.
   */
  restore?(restored: RestoredLogin): Promise<WriteOutcome>

  /** Logins that match, live ones only, oldest first. */
  listLogins(by: LoginSelector): Promise<StoredLogin[]>

  /**
   * Writes the tombstones (of the login, sid or sub that is named, and of each login that ends) and removes the
   * matching live logins. Returns them as they were, oldest first. A login ends once: the first reason stands.
   */
  endLogins(end: EndLogins): Promise<StoredLogin[]>

  /**
   * Removes one grant; a login that loses its last grant is ended with the same reason. With `held`, only while the
   * grant is still of this generation and refresh token: a verdict on a token must not end what replaced it. If the
   * login ends, the entries of `outbox` are kept in the same step.
   */
  endGrant(end: {
    grant: GrantKey
    held?: Pick<RefreshGuard, "generation" | "tokenHash">
    reason: SignedOutReason
    at: EpochSeconds
    tombstoneUntil: EpochSeconds
    outbox?: readonly OutboxEntry[]
  }): Promise<"login_ended" | "grant_ended" | "conflict" | "missing">

  /**
   * Notes that a refresh token is about to be spent, if the grant still holds it. Takes over an older note, but with
   * `instead` only the one of that owner (`null`: none): another one that came meanwhile is a `conflict`. Grows no
   * version and is no change.
   */
  beginRefresh(
    guard: RefreshGuard,
    intent: Omit<RefreshIntent, "tokenHash"> & { instead?: string | null },
  ): Promise<WriteOutcome>

  /** Removes the note, when the refresh token is known not to have been spent. Only the owner's own note. */
  cancelRefresh(guard: RefreshGuard, owner: string): Promise<void>

  /**
   * Replaces the tokens if the grant still holds the spent refresh token and is not tombstoned: generation + 1,
   * intent removed, the spent token's hash mapped to the new generation until `spentUntil` (a token that the provider
   * left in place was not spent). `ended` also when the grant would move to a sid that has ended.
   */
  commitRefresh(guard: RefreshGuard, next: RotatedGrant, spentUntil: EpochSeconds): Promise<WriteOutcome>

  /** Replaces the claims if the grant is still of this generation. */
  writeClaims(grant: GrantKey, generation: number, sealedClaims: string): Promise<WriteOutcome>

  /** Finds what replaced a spent refresh token. */
  findSpentToken(tokenHash: string): Promise<SpentToken | undefined>

  readData(user: string): Promise<DataRecord | undefined>

  /** Writes the data if its version is still `version` (`0`: there is none yet). */
  writeData(user: string, version: number, sealedData: string): Promise<"stored" | "conflict">

  /** Takes the lease unless another owner holds it. Taking one's own again renews it. */
  acquireLease(name: string, owner: string, duration: Seconds): Promise<boolean>

  /** Extends a lease that is still held. `false`: it was lost. */
  renewLease(name: string, owner: string, duration: Seconds): Promise<boolean>

  /** Gives the lease back, if it is still this owner's. */
  releaseLease(name: string, owner: string): Promise<void>

  /** Remembers work. An entry of the same id is left as it is. */
  enqueue(entry: OutboxEntry): Promise<void>

  /**
   * Takes due entries, the longest due first, for `holdFor` seconds; nobody else gets them meanwhile. Returns them as
   * they were, with this attempt counted.
   */
  claimOutbox(limit: number, holdFor: Seconds): Promise<OutboxEntry[]>

  /** Forgets an entry that was done. */
  completeOutbox(id: string): Promise<void>

  /** Makes a claimed entry due again at `dueAt`. */
  postponeOutbox(id: string, dueAt: EpochSeconds): Promise<void>

  /** The position of the newest change; `0` when there was none. */
  latestChange(): Promise<number>

  /** Changes after a position, oldest first. */
  changesAfter(cursor: number, limit: number): Promise<Change[]>

  /**
   * Calls `listener` for every change from now on, made by whichever process, once and in the order of the feed.
   * What the listener throws is dropped. Returns a function that stops it.
   */
  subscribe(listener: (change: Change) => void): () => void

  /**
   * Removes what has expired: logins, tombstones, leases, spent tokens, outbox entries, and changes that are older
   * than ten minutes. Positions in the feed never start again.
   */
  sweep(): Promise<void>

  /** Resolves when the store can serve. */
  ping(): Promise<void>

  /** Ends this store's listeners and connections. Its later calls fail with `store_unavailable`. */
  close(): Promise<void>
}

/** A setting of the database by which it may lose what it was given. */
export interface StoreWarning {
  setting: string
  /** What to do about it, in words for a log. */
  remedy: string
}

/** What a store is opened with. */
export interface StoreContext {
  /** Every key carries it: two applications on one database never see each other. */
  namespace: string
  clock: Clock
  /** Hears, once per process and database, of settings that do not keep what is stored. */
  warn?(warning: StoreWarning): void
}

/** A store that has been chosen but not opened: nothing is touched when a module is merely imported. */
export interface StoreDriver {
  /** Short name, as in `sqlite`. */
  readonly kind: string
  /** Tells one database from another within a process. Holds no secret. */
  readonly location: string
  open(context: StoreContext): GrantStore | Promise<GrantStore>
}
