import type { EpochSeconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { LoginRecord, LoginSelector, StoredLogin } from "../../store/records.ts"
import { publishLoginUpdate } from "./changes.ts"
import { findData } from "./data.ts"
import { placeGrant, readGrants } from "./grants.ts"
import { toLogin, type VersionedLogin } from "./rows.ts"
import { findLiveLogin, findLogin, isGrantBuried, tombstoneInForce, tombstoneName } from "./tombstones.ts"
import type { SqliteView, Transaction } from "./view.ts"

function completeLogin(tx: Transaction, { login, version }: VersionedLogin): StoredLogin {
  return {
    ...login,
    status: "live",
    version,
    grants: readGrants(tx, login.loginId),
    data: findData(tx, login.user) ?? null,
  }
}

/**
 * What follows FROM for a selector, with its parameters; `at` leaves alone grants first issued later. The index is
 * named where SQLite would rather read all logins of the namespace: without statistics it takes a namespace for small.
 */
function toSource(
  { namespace }: Transaction,
  by: LoginSelector,
  at: EpochSeconds,
): { source: string; values: (string | number)[] } {
  if ("loginId" in by) {
    return { source: "logins WHERE namespace = ? AND login_id = ?", values: [namespace, by.loginId] }
  }
  if ("user" in by) {
    const source = "logins INDEXED BY logins_by_user WHERE namespace = ? AND user = ?"
    return { source, values: [namespace, by.user] }
  }
  const { issuer, clientId } = by
  const [column, value] = "sid" in by ? ["sid", by.sid] : ["sub", by.sub]
  return {
    source: `logins WHERE namespace = ? AND login_id IN
      (SELECT login_id FROM grants INDEXED BY grants_by_${column}
       WHERE namespace = ? AND issuer = ? AND client_id = ? AND ${column} = ? AND first_issued_at <= ?)`,
    values: [namespace, namespace, issuer, clientId, value, at],
  }
}

/** The live logins that a selector names, oldest first. */
export function selectLogins(
  tx: Transaction,
  by: LoginSelector,
  at: EpochSeconds = Number.POSITIVE_INFINITY,
): StoredLogin[] {
  const { source, values } = toSource(tx, by, at)
  return tx
    .prepare(`SELECT * FROM ${source} AND +expires_at > ? ORDER BY created_at, login_id`)
    .all(...values, tx.now)
    .map((row) => completeLogin(tx, toLogin(row)))
}

function findHandle(
  tx: Transaction,
  handleHash: string,
): { loginId: string; expiresAt: number | null } | undefined {
  const row = tx
    .prepare("SELECT login_id, expires_at FROM handles WHERE namespace = ? AND handle_hash = ?")
    .get(tx.namespace, handleHash)
  return row && { loginId: row.login_id as string, expiresAt: row.expires_at as number | null }
}

/** Makes a handle lead to a login for as long as the login lasts. */
function placeHandle(tx: Transaction, handleHash: string, loginId: string): void {
  tx.prepare(
    "INSERT OR REPLACE INTO handles (namespace, handle_hash, login_id, expires_at) VALUES (?, ?, ?, NULL)",
  ).run(tx.namespace, handleHash, loginId)
}

function insertLogin(tx: Transaction, login: LoginRecord): void {
  const { loginId, user, createdAt, expiresAt, revision, sealedLogin } = login
  tx.prepare(
    `INSERT INTO logins (namespace, login_id, user, created_at, expires_at, revision, version, sealed_login)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
  ).run(tx.namespace, loginId, user, createdAt, expiresAt, revision, sealedLogin)
}

export function loginMethods(
  view: SqliteView,
): Pick<
  GrantStore,
  "readLogin" | "createLogin" | "linkGrant" | "updateLogin" | "extendLogin" | "listLogins"
> {
  return {
    async readLogin(handleHash) {
      return view.read((tx) => {
        const handle = findHandle(tx, handleHash)
        if (!handle || (handle.expiresAt !== null && handle.expiresAt <= tx.now)) return undefined
        const { loginId } = handle
        const tombstone = tombstoneInForce(tx, tombstoneName({ loginId }))
        if (tombstone) return { status: "ended", loginId, reason: tombstone.reason, at: tombstone.at }
        const found = findLogin(tx, loginId)
        if (!found) return undefined
        const { expiresAt } = found.login
        if (expiresAt <= tx.now) return { status: "ended", loginId, reason: "session_expired", at: expiresAt }
        const login = completeLogin(tx, found)
        return handle.expiresAt === null ? login : { ...login, oldHandleUntil: handle.expiresAt }
      })
    },

    async createLogin(login, handleHash, grants) {
      return view.write((tx) => {
        const { loginId } = login
        if (tombstoneInForce(tx, tombstoneName({ loginId }))) return "ended"
        if (grants.some((grant) => isGrantBuried(tx, grant))) return "ended"
        if (findLogin(tx, loginId) || findHandle(tx, handleHash)) return "conflict"
        insertLogin(tx, login)
        placeHandle(tx, handleHash, loginId)
        for (const grant of grants) placeGrant(tx, loginId, grant)
        publishLoginUpdate(tx, login)
        return "stored"
      })
    },

    async linkGrant({ loginId, grant, handleHash, oldHandleUntil }) {
      return view.write((tx) => {
        const found = findLiveLogin(tx, loginId)
        if (typeof found === "string") return found
        if (isGrantBuried(tx, grant)) return "ended"
        const taken = findHandle(tx, handleHash)
        if (taken && taken.loginId !== loginId) return "conflict"
        tx.prepare(
          `UPDATE handles INDEXED BY handles_by_login SET expires_at = ?
           WHERE namespace = ? AND login_id = ? AND expires_at IS NULL`,
        ).run(oldHandleUntil, tx.namespace, loginId)
        placeHandle(tx, handleHash, loginId)
        placeGrant(tx, loginId, grant)
        publishLoginUpdate(tx, found.login)
        return "stored"
      })
    },

    async updateLogin({ loginId, revision, sealedLogin }) {
      return view.write((tx) => {
        const found = findLiveLogin(tx, loginId)
        if (typeof found === "string") return found
        if (found.login.revision !== revision) return "conflict"
        tx.prepare(
          "UPDATE logins SET revision = revision + 1, sealed_login = ? WHERE namespace = ? AND login_id = ?",
        ).run(sealedLogin, tx.namespace, loginId)
        publishLoginUpdate(tx, found.login)
        return "stored"
      })
    },

    async extendLogin(loginId, expiresAt) {
      return view.write((tx) => {
        const found = findLiveLogin(tx, loginId)
        if (typeof found === "string") return found
        tx.prepare(
          "UPDATE logins SET expires_at = max(expires_at, ?) WHERE namespace = ? AND login_id = ?",
        ).run(expiresAt, tx.namespace, loginId)
        return "stored"
      })
    },

    async listLogins(by) {
      return view.read((tx) => selectLogins(tx, by))
    },
  }
}
