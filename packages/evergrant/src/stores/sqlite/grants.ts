import type { NewGrant, RefreshGuard } from "../../store/grant-store.ts"
import type { GrantKey, StoredGrant } from "../../store/records.ts"
import { toGrant, type VersionedLogin } from "./rows.ts"
import { findLiveLogin, isGrantBuried } from "./tombstones.ts"
import type { Transaction } from "./view.ts"

/** The columns that name a grant, as a condition. */
export const grantCondition: string =
  "namespace = ? AND login_id = ? AND provider = ? AND provider_account_id = ?"

/** The parameters of {@link grantCondition}. */
export function grantValues(tx: Transaction, key: GrantKey): [string, string, string, string] {
  return [tx.namespace, key.loginId, key.provider, key.providerAccountId]
}

/** Tells whether a grant is still what the caller read. */
export function holds(grant: StoredGrant, guard: Pick<RefreshGuard, "generation" | "tokenHash">): boolean {
  return grant.generation === guard.generation && grant.tokenHash === guard.tokenHash
}

/** The grant of this name, whatever became of its login. */
export function findGrant(tx: Transaction, key: GrantKey): StoredGrant | undefined {
  const row = tx.prepare(`SELECT * FROM grants WHERE ${grantCondition}`).get(...grantValues(tx, key))
  return row && toGrant(row)
}

/** The grants of a login, in the order in which they were linked. */
export function readGrants(tx: Transaction, loginId: string): StoredGrant[] {
  return tx
    .prepare("SELECT * FROM grants WHERE namespace = ? AND login_id = ? ORDER BY position")
    .all(tx.namespace, loginId)
    .map(toGrant)
}

/** Puts a grant into a login; the grant of the same account keeps its place. */
export function placeGrant(tx: Transaction, loginId: string, grant: NewGrant): void {
  tx.prepare(
    `INSERT INTO grants (namespace, login_id, provider, provider_account_id, issuer, client_id, sid, sub,
       generation, token_hash, first_issued_at, received_at, expires_at, session_expires_at,
       sealed_tokens, sealed_claims)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (namespace, login_id, provider, provider_account_id) DO UPDATE SET
       issuer = excluded.issuer, client_id = excluded.client_id, sid = excluded.sid, sub = excluded.sub,
       generation = excluded.generation, token_hash = excluded.token_hash,
       first_issued_at = excluded.first_issued_at, received_at = excluded.received_at,
       expires_at = excluded.expires_at, session_expires_at = excluded.session_expires_at,
       sealed_tokens = excluded.sealed_tokens, sealed_claims = excluded.sealed_claims,
       intent_token_hash = NULL, intent_owner = NULL, intent_at = NULL`,
  ).run(
    ...grantValues(tx, { ...grant, loginId }),
    grant.issuer,
    grant.clientId,
    grant.sid,
    grant.sub,
    grant.generation,
    grant.tokenHash,
    grant.firstIssuedAt,
    grant.receivedAt,
    grant.expiresAt,
    grant.sessionExpiresAt,
    grant.sealedTokens,
    grant.sealedClaims,
  )
}

/** The grant with its login, if it can still be written to. `sid` is the one that the write would leave. */
export function findLiveGrant(
  tx: Transaction,
  key: GrantKey,
  sid?: string,
): (VersionedLogin & { grant: StoredGrant }) | "ended" | "missing" {
  const found = findLiveLogin(tx, key.loginId)
  if (typeof found === "string") return found
  const grant = findGrant(tx, key)
  if (!grant) return "missing"
  return isGrantBuried(tx, { ...grant, sid: sid ?? grant.sid }) ? "ended" : { ...found, grant }
}
