import type { EpochSeconds } from "../../clock.ts"
import type { GrantStore, NewGrant } from "../../store/grant-store.ts"
import type { LoginRecord, LoginSelector } from "../../store/records.ts"
import { publishLoginUpdate } from "./changes.ts"
import { copyLogin, grantName, type LoginRow, type MemoryTables, type MemoryView } from "./tables.ts"
import { findLiveLogin, isGrantBuried, tombstoneInForce, tombstoneName } from "./tombstones.ts"

/** Puts a grant into a login's row; the grant of the same account keeps its place. */
function placeGrant(row: LoginRow, grant: NewGrant): void {
  row.grants.set(grantName(grant), { ...grant, loginId: row.login.loginId, intent: null })
}

/** Tells whether a login is selected. `at` leaves alone grants that were first issued later. */
function isSelected(row: LoginRow, by: LoginSelector, at: EpochSeconds): boolean {
  if ("loginId" in by) return row.login.loginId === by.loginId
  if ("user" in by) return row.login.user === by.user
  return [...row.grants.values()].some(
    (grant) =>
      grant.issuer === by.issuer &&
      grant.clientId === by.clientId &&
      ("sid" in by ? grant.sid === by.sid : grant.sub === by.sub) &&
      grant.firstIssuedAt <= at,
  )
}

function byAge(a: LoginRecord, b: LoginRecord): number {
  return a.createdAt - b.createdAt || (a.loginId < b.loginId ? -1 : 1)
}

/**
 * The live logins that a selector names, oldest first. Looks at every login: this store is for one process and
 * its tests, where a scan costs less than indexes that would have to be kept true.
 */
export function selectLogins(
  tables: MemoryTables,
  by: LoginSelector,
  now: EpochSeconds,
  at: EpochSeconds = Number.POSITIVE_INFINITY,
): LoginRow[] {
  return [...tables.logins.values()]
    .filter((row) => row.login.expiresAt > now && isSelected(row, by, at))
    .sort((a, b) => byAge(a.login, b.login))
}

export function loginMethods(
  view: MemoryView,
): Pick<
  GrantStore,
  "readLogin" | "createLogin" | "linkGrant" | "updateLogin" | "extendLogin" | "listLogins"
> {
  return {
    async readLogin(handleHash) {
      const tables = view.tables()
      const now = view.clock.now()
      const handle = tables.handles.get(handleHash)
      if (!handle || (handle.expiresAt !== null && handle.expiresAt <= now)) return undefined
      const { loginId } = handle
      const tombstone = tombstoneInForce(tables, tombstoneName({ loginId }), now)
      if (tombstone) return { status: "ended", loginId, reason: tombstone.reason, at: tombstone.at }
      const row = tables.logins.get(loginId)
      if (!row) return undefined
      const { expiresAt } = row.login
      if (expiresAt <= now) return { status: "ended", loginId, reason: "session_expired", at: expiresAt }
      const login = copyLogin(tables, row)
      return handle.expiresAt === null ? login : { ...login, oldHandleUntil: handle.expiresAt }
    },

    async createLogin(login, handleHash, grants) {
      const tables = view.tables()
      const now = view.clock.now()
      const { loginId } = login
      if (tombstoneInForce(tables, tombstoneName({ loginId }), now)) return "ended"
      if (grants.some((grant) => isGrantBuried(tables, grant, now))) return "ended"
      if (tables.logins.has(loginId) || tables.handles.has(handleHash)) return "conflict"
      const row: LoginRow = { login: { ...login }, version: 0, grants: new Map() }
      for (const grant of grants) placeGrant(row, grant)
      tables.logins.set(loginId, row)
      tables.handles.set(handleHash, { loginId, expiresAt: null })
      publishLoginUpdate(tables, now, row)
      return "stored"
    },

    async linkGrant({ loginId, grant, handleHash, oldHandleUntil }) {
      const tables = view.tables()
      const now = view.clock.now()
      const row = findLiveLogin(tables, loginId, now)
      if (typeof row === "string") return row
      if (isGrantBuried(tables, grant, now)) return "ended"
      const taken = tables.handles.get(handleHash)
      if (taken && taken.loginId !== loginId) return "conflict"
      for (const handle of tables.handles.values()) {
        if (handle.loginId === loginId) handle.expiresAt ??= oldHandleUntil
      }
      tables.handles.set(handleHash, { loginId, expiresAt: null })
      placeGrant(row, grant)
      publishLoginUpdate(tables, now, row)
      return "stored"
    },

    async updateLogin({ loginId, revision, sealedLogin }) {
      const tables = view.tables()
      const now = view.clock.now()
      const row = findLiveLogin(tables, loginId, now)
      if (typeof row === "string") return row
      if (row.login.revision !== revision) return "conflict"
      row.login = { ...row.login, revision: revision + 1, sealedLogin }
      publishLoginUpdate(tables, now, row)
      return "stored"
    },

    async extendLogin(loginId, expiresAt) {
      const row = findLiveLogin(view.tables(), loginId, view.clock.now())
      if (typeof row === "string") return row
      row.login.expiresAt = Math.max(row.login.expiresAt, expiresAt)
      return "stored"
    },

    async listLogins(by) {
      const tables = view.tables()
      return selectLogins(tables, by, view.clock.now()).map((row) => copyLogin(tables, row))
    },
  }
}
