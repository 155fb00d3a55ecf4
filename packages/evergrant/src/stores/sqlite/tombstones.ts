import type { EpochSeconds } from "../../clock.ts"
import type { SignedOutReason } from "../../errors.ts"
import type { LoginSelector } from "../../store/records.ts"
import { type Tombstone, toLogin, toTombstone, type VersionedLogin } from "./rows.ts"
import type { Transaction } from "./view.ts"

/** What of a grant decides whether a tombstone forbids it. */
interface Burial {
  issuer: string
  clientId: string
  sid: string | null
  sub: string
  firstIssuedAt: EpochSeconds
}

/** How a login, sid or sub ended. */
export interface End {
  reason: SignedOutReason
  at: EpochSeconds
  tombstoneUntil: EpochSeconds
}

/** The columns that name a tombstone. */
type TombstoneName = [kind: string, issuer: string, clientId: string, value: string]

/** Nothing is buried under a user: a user's logins are buried one by one. */
export function tombstoneName(by: Exclude<LoginSelector, { user: string }>): TombstoneName {
  if ("loginId" in by) return ["login", "", "", by.loginId]
  if ("sid" in by) return ["sid", by.issuer, by.clientId, by.sid]
  return ["sub", by.issuer, by.clientId, by.sub]
}

/** The tombstone of this name, while it is in force. */
export function tombstoneInForce(tx: Transaction, name: TombstoneName): Tombstone | undefined {
  const row = tx
    .prepare(
      `SELECT reason, at, until FROM tombstones
       WHERE namespace = ? AND kind = ? AND issuer = ? AND client_id = ? AND value = ? AND until > ?`,
    )
    .get(tx.namespace, ...name, tx.now)
  return row && toTombstone(row)
}

function writeTombstone(tx: Transaction, name: TombstoneName, { reason, at, until }: Tombstone): void {
  tx.prepare(
    `INSERT OR REPLACE INTO tombstones (namespace, kind, issuer, client_id, value, reason, at, until)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(tx.namespace, ...name, reason, at, until)
}

/** Marks a login as ended. The first reason stands: a login ends once. */
export function buryLogin(tx: Transaction, loginId: string, end: End): void {
  const name = tombstoneName({ loginId })
  const { reason, at, until } = tombstoneInForce(tx, name) ?? { ...end, until: end.tombstoneUntil }
  writeTombstone(tx, name, { reason, at, until: Math.max(until, end.tombstoneUntil) })
}

/** Marks a sid or sub as ended up to a time. The latest time stands: it covers the earlier ones. */
export function buryKey(tx: Transaction, name: TombstoneName, end: End): void {
  const known = tombstoneInForce(tx, name)
  const { reason, at } = known && known.at > end.at ? known : end
  writeTombstone(tx, name, { reason, at, until: Math.max(known?.until ?? 0, end.tombstoneUntil) })
}

/** Tells whether a tombstone of the grant's sid or sub is as young as the grant or younger. */
export function isGrantBuried(tx: Transaction, grant: Burial): boolean {
  const { issuer, clientId, sid, sub, firstIssuedAt } = grant
  const names = [tombstoneName({ issuer, clientId, sub })]
  if (sid !== null) names.push(tombstoneName({ issuer, clientId, sid }))
  return names.some((name) => {
    const tombstone = tombstoneInForce(tx, name)
    return tombstone !== undefined && firstIssuedAt <= tombstone.at
  })
}

/** The row of a login, live or expired. */
export function findLogin(tx: Transaction, loginId: string): VersionedLogin | undefined {
  const row = tx
    .prepare("SELECT * FROM logins WHERE namespace = ? AND login_id = ?")
    .get(tx.namespace, loginId)
  return row && toLogin(row)
}

/** The login, if it can still be written to. */
export function findLiveLogin(tx: Transaction, loginId: string): VersionedLogin | "ended" | "missing" {
  if (tombstoneInForce(tx, tombstoneName({ loginId }))) return "ended"
  const found = findLogin(tx, loginId)
  if (!found) return "missing"
  return found.login.expiresAt > tx.now ? found : "ended"
}
