import type { EpochSeconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { Change, DataRecord, RestoredLogin, StoredGrant } from "../../store/records.ts"
import { publish } from "./changes.ts"
import { grantName, type LoginRow, type MemoryTables, type MemoryView } from "./tables.ts"
import { buryLogin, tombstoneInForce, tombstoneName, tombstoneOfGrant } from "./tombstones.ts"

export function restoringMethods(view: MemoryView): Required<Pick<GrantStore, "restore">> {
  return {
    async restore(restored) {
      const tables = view.tables()
      const now = view.clock.now()
      const { loginId, user, expiresAt } = restored.login
      const handle = tables.handles.get(restored.handleHash)
      if (handle && handle.loginId !== loginId) return "conflict"
      if (isBuried(tables, restored, now)) {
        if (!handle) tables.handles.set(restored.handleHash, { loginId, expiresAt: null })
        return "ended"
      }
      if (expiresAt <= now) return "ended"
      const row = tables.logins.get(loginId)
      if (row && row.login.user !== user) return "conflict"
      // A handle that was given up long ago must not come back by an old copy.
      if (row && !handle && restored.version <= row.version) return "conflict"

      const changes: Omit<Change, "cursor">[] = []
      if (row ? takeNewer(row, restored) : takeWhole(tables, restored)) {
        changes.push({ kind: "login.updated", loginId, user, reason: null })
      }
      if (!handle) tables.handles.set(restored.handleHash, { loginId, expiresAt: null })
      if (takeData(tables, restored.data)) {
        changes.push({ kind: "data.updated", loginId: null, user, reason: null })
      }
      publish(tables, now, changes)
      return changes.length > 0 || !handle ? "stored" : "conflict"
    },
  }
}

/** A tombstone that is older than this process's knowledge of the login is one of the login from now on. */
function isBuried(tables: MemoryTables, { login, grants }: RestoredLogin, now: EpochSeconds): boolean {
  const { loginId } = login
  if (tombstoneInForce(tables, tombstoneName({ loginId }), now)) return true
  for (const grant of grants) {
    const tombstone = tombstoneOfGrant(tables, grant, now)
    if (!tombstone) continue
    const { reason, at, until } = tombstone
    buryLogin(tables, loginId, { reason, at, tombstoneUntil: until }, now)
    tables.logins.delete(loginId)
    return true
  }
  return false
}

function takeWhole(tables: MemoryTables, { login, version, grants }: RestoredLogin): boolean {
  const row: LoginRow = { login: { ...login }, version, grants: new Map() }
  for (const grant of grants) {
    row.grants.set(grantName(grant), { ...grant, loginId: login.loginId, intent: null })
  }
  tables.logins.set(login.loginId, row)
  return true
}

function takeNewer(row: LoginRow, { login, version, grants }: RestoredLogin): boolean {
  const isNewer = version > row.version
  let taken = isNewer
  if (login.revision > row.login.revision) {
    row.login = { ...row.login, revision: login.revision, sealedLogin: login.sealedLogin }
    taken = true
  }
  row.login = { ...row.login, expiresAt: Math.max(row.login.expiresAt, login.expiresAt) }
  const given = new Map(grants.map((grant) => [grantName(grant), grant]))
  for (const [name, grant] of given) {
    const known = row.grants.get(name)
    const ahead = grant.generation - (known?.generation ?? 0)
    if (!(known ? ahead > 0 || (ahead === 0 && isNewer) : isNewer)) continue
    row.grants.set(name, { ...grant, loginId: login.loginId, intent: intentOf(known, grant.tokenHash) })
    taken = true
  }
  if (isNewer) for (const name of row.grants.keys()) if (!given.has(name)) row.grants.delete(name)
  // What was merged is neither the one nor the other: whoever compares versions has to see that.
  if (taken) row.version = isNewer ? version : row.version + 1
  return taken
}

/** The note of a refresh that is under way stays with its token. */
function intentOf(known: StoredGrant | undefined, tokenHash: string): StoredGrant["intent"] {
  return known?.intent?.tokenHash === tokenHash ? known.intent : null
}

function takeData(tables: MemoryTables, data: DataRecord | null): boolean {
  if (!data || data.version <= (tables.data.get(data.user)?.version ?? 0)) return false
  tables.data.set(data.user, { ...data })
  return true
}
