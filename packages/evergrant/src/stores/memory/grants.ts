import type { EpochSeconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { GrantKey, StoredGrant } from "../../store/records.ts"
import { publishLoginUpdate } from "./changes.ts"
import { grantName, type LoginRow, type MemoryTables, type MemoryView } from "./tables.ts"
import { findLiveLogin, isGrantBuried } from "./tombstones.ts"

/** The grant with its login, if it can still be written to. `sid` is the one that the write would leave. */
function findLiveGrant(
  tables: MemoryTables,
  key: GrantKey,
  now: EpochSeconds,
  sid?: string,
): { row: LoginRow; grant: StoredGrant } | "ended" | "missing" {
  const row = findLiveLogin(tables, key.loginId, now)
  if (typeof row === "string") return row
  const grant = row.grants.get(grantName(key))
  if (!grant) return "missing"
  return isGrantBuried(tables, { ...grant, sid: sid ?? grant.sid }, now) ? "ended" : { row, grant }
}

/** Tells whether a grant is still what the caller read. */
export function holds(grant: StoredGrant, guard: { generation: number; tokenHash: string }): boolean {
  return grant.generation === guard.generation && grant.tokenHash === guard.tokenHash
}

export function grantMethods(
  view: MemoryView,
): Pick<GrantStore, "beginRefresh" | "cancelRefresh" | "commitRefresh" | "writeClaims" | "findSpentToken"> {
  return {
    async beginRefresh(guard, { owner, at, instead }) {
      const found = findLiveGrant(view.tables(), guard.grant, view.clock.now())
      if (typeof found === "string") return found
      if (!holds(found.grant, guard)) return "conflict"
      if (instead !== undefined && (found.grant.intent?.owner ?? null) !== instead) return "conflict"
      found.grant.intent = { tokenHash: guard.tokenHash, owner, at }
      return "stored"
    },

    async cancelRefresh(guard, owner) {
      const grant = view.tables().logins.get(guard.grant.loginId)?.grants.get(grantName(guard.grant))
      const isOwn = grant?.intent?.owner === owner && grant.intent.tokenHash === guard.tokenHash
      if (grant && isOwn && holds(grant, guard)) grant.intent = null
    },

    async commitRefresh(guard, next, spentUntil) {
      const tables = view.tables()
      const now = view.clock.now()
      const found = findLiveGrant(tables, guard.grant, now, next.sid)
      if (typeof found === "string") return found
      const { row, grant } = found
      if (!holds(grant, guard)) return "conflict"
      const generation = grant.generation + 1
      row.grants.set(grantName(grant), {
        ...grant,
        ...next,
        sid: next.sid ?? grant.sid,
        generation,
        intent: null,
      })
      // A provider that does not rotate leaves the same token in place: nothing was spent then.
      if (next.tokenHash !== guard.tokenHash) {
        const { loginId, provider, providerAccountId } = grant
        const spent = { loginId, provider, providerAccountId, generation, until: spentUntil }
        tables.spentTokens.set(guard.tokenHash, spent)
      }
      publishLoginUpdate(tables, now, row)
      return "stored"
    },

    async writeClaims(key, generation, sealedClaims) {
      const tables = view.tables()
      const now = view.clock.now()
      const found = findLiveGrant(tables, key, now)
      if (typeof found === "string") return found
      if (found.grant.generation !== generation) return "conflict"
      found.grant.sealedClaims = sealedClaims
      publishLoginUpdate(tables, now, found.row)
      return "stored"
    },

    async findSpentToken(tokenHash) {
      const found = view.tables().spentTokens.get(tokenHash)
      if (!found || found.until <= view.clock.now()) return undefined
      const { until: _, ...spent } = found
      return spent
    },
  }
}
