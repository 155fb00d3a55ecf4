import type { Clock, EpochSeconds } from "../../clock.ts"
import type { SignedOutReason } from "../../errors.ts"
import { type ChangeListeners, createChangeListeners } from "../../store/change-listeners.ts"
import type {
  Change,
  DataRecord,
  LoginRecord,
  OutboxEntry,
  SpentToken,
  StoredGrant,
  StoredLogin,
} from "../../store/records.ts"

/** A login with its grants, in the order in which they were linked. */
export interface LoginRow {
  login: LoginRecord
  version: number
  /** Keyed by {@link grantName}. */
  grants: Map<string, StoredGrant>
}

/** What a handle leads to. Survives its login, so that an ended login can still be told from an unknown one. */
export interface HandleRow {
  loginId: string
  /** `null`: as long as the login. */
  expiresAt: EpochSeconds | null
}

export interface Tombstone {
  reason: SignedOutReason
  at: EpochSeconds
  until: EpochSeconds
}

/** Everything that one namespace holds. */
export interface MemoryTables {
  logins: Map<string, LoginRow>
  handles: Map<string, HandleRow>
  tombstones: Map<string, Tombstone>
  spentTokens: Map<string, SpentToken & { until: EpochSeconds }>
  data: Map<string, DataRecord>
  leases: Map<string, { owner: string; until: EpochSeconds }>
  /** A claim moves `dueAt`, which hides the entry from others until then. */
  outbox: Map<string, OutboxEntry>
  changes: (Change & { at: EpochSeconds })[]
  listeners: ChangeListeners
}

/** The tables as one opened store sees them. */
export interface MemoryView {
  clock: Clock
  /** @throws {StoreError} `store_unavailable` when the store was closed. */
  tables(): MemoryTables
}

export function createMemoryTables(): MemoryTables {
  return {
    logins: new Map(),
    handles: new Map(),
    tombstones: new Map(),
    spentTokens: new Map(),
    data: new Map(),
    leases: new Map(),
    outbox: new Map(),
    changes: [],
    listeners: createChangeListeners(),
  }
}

/** The key of a grant within its login. */
export function grantName(grant: { provider: string; providerAccountId: string }): string {
  return JSON.stringify([grant.provider, grant.providerAccountId])
}

/** A copy of a grant: nobody outside ever holds an object of the tables. */
function copyGrant(grant: StoredGrant): StoredGrant {
  return { ...grant, intent: grant.intent && { ...grant.intent } }
}

/** A copy of a login as a reader sees it. */
export function copyLogin(tables: MemoryTables, row: LoginRow): StoredLogin {
  const data = tables.data.get(row.login.user)
  return {
    ...row.login,
    status: "live",
    version: row.version,
    grants: [...row.grants.values()].map(copyGrant),
    data: data ? { ...data } : null,
  }
}
