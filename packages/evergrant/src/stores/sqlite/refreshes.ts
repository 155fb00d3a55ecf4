import type { GrantStore, RefreshGuard } from "../../store/grant-store.ts"
import { publishLoginUpdate } from "./changes.ts"
import { findLiveGrant, grantCondition, grantValues, holds } from "./grants.ts"
import { toSpentToken } from "./rows.ts"
import type { SqliteView, Transaction } from "./view.ts"

function rememberSpent(tx: Transaction, guard: RefreshGuard, spentUntil: number): void {
  const { loginId, provider, providerAccountId } = guard.grant
  tx.prepare(
    `INSERT OR REPLACE INTO spent_tokens
       (namespace, token_hash, login_id, provider, provider_account_id, generation, until)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(tx.namespace, guard.tokenHash, loginId, provider, providerAccountId, guard.generation + 1, spentUntil)
}

export function refreshMethods(
  view: SqliteView,
): Pick<GrantStore, "beginRefresh" | "cancelRefresh" | "commitRefresh" | "writeClaims" | "findSpentToken"> {
  return {
    async beginRefresh(guard, { owner, at, instead }) {
      return view.write((tx) => {
        const found = findLiveGrant(tx, guard.grant)
        if (typeof found === "string") return found
        if (!holds(found.grant, guard)) return "conflict"
        if (instead !== undefined && (found.grant.intent?.owner ?? null) !== instead) return "conflict"
        tx.prepare(
          `UPDATE grants SET intent_token_hash = ?, intent_owner = ?, intent_at = ? WHERE ${grantCondition}`,
        ).run(guard.tokenHash, owner, at, ...grantValues(tx, guard.grant))
        return "stored"
      })
    },

    async cancelRefresh(guard, owner) {
      view.write((tx) => {
        tx.prepare(
          `UPDATE grants SET intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL
           WHERE ${grantCondition} AND generation = ? AND token_hash = ?
             AND intent_token_hash = token_hash AND intent_owner = ?`,
        ).run(...grantValues(tx, guard.grant), guard.generation, guard.tokenHash, owner)
      })
    },

    async commitRefresh(guard, next, spentUntil) {
      return view.write((tx) => {
        const found = findLiveGrant(tx, guard.grant, next.sid)
        if (typeof found === "string") return found
        if (!holds(found.grant, guard)) return "conflict"
        tx.prepare(
          `UPDATE grants SET generation = generation + 1, sid = ?, token_hash = ?, received_at = ?,
             expires_at = ?, session_expires_at = ?, sealed_tokens = ?, sealed_claims = ?,
             intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL
           WHERE ${grantCondition}`,
        ).run(
          next.sid ?? found.grant.sid,
          next.tokenHash,
          next.receivedAt,
          next.expiresAt,
          next.sessionExpiresAt,
          next.sealedTokens,
          next.sealedClaims,
          ...grantValues(tx, guard.grant),
        )
        // A provider that does not rotate leaves the same token in place: nothing was spent then.
        if (next.tokenHash !== guard.tokenHash) rememberSpent(tx, guard, spentUntil)
        publishLoginUpdate(tx, found.login)
        return "stored"
      })
    },

    async writeClaims(key, generation, sealedClaims) {
      return view.write((tx) => {
        const found = findLiveGrant(tx, key)
        if (typeof found === "string") return found
        if (found.grant.generation !== generation) return "conflict"
        tx.prepare(`UPDATE grants SET sealed_claims = ? WHERE ${grantCondition}`).run(
          sealedClaims,
          ...grantValues(tx, key),
        )
        publishLoginUpdate(tx, found.login)
        return "stored"
      })
    },

    async findSpentToken(tokenHash) {
      return view.read((tx) => {
        const row = tx
          .prepare("SELECT * FROM spent_tokens WHERE namespace = ? AND token_hash = ? AND until > ?")
          .get(tx.namespace, tokenHash, tx.now)
        return row && toSpentToken(row)
      })
    },
  }
}
