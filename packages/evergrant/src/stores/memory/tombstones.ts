import type { EpochSeconds } from "../../clock.ts"
import type { SignedOutReason } from "../../errors.ts"
import type { LoginSelector } from "../../store/records.ts"
import type { LoginRow, MemoryTables, Tombstone } from "./tables.ts"

/** What of a grant decides whether a tombstone forbids it. */
interface Burial {
  issuer: string
  clientId: string
  sid: string | null
  sub: string
  firstIssuedAt: EpochSeconds
}

/** The key of a tombstone. Nothing is buried under a user: a user's logins are buried one by one. */
export function tombstoneName(by: Exclude<LoginSelector, { user: string }>): string {
  if ("loginId" in by) return JSON.stringify(["login", by.loginId])
  if ("sid" in by) return JSON.stringify(["sid", by.issuer, by.clientId, by.sid])
  return JSON.stringify(["sub", by.issuer, by.clientId, by.sub])
}

/** The tombstone of this name, while it is in force. */
export function tombstoneInForce(
  tables: MemoryTables,
  name: string,
  now: EpochSeconds,
): Tombstone | undefined {
  const tombstone = tables.tombstones.get(name)
  return tombstone && tombstone.until > now ? tombstone : undefined
}

/** Marks a login as ended. The first reason stands: a login ends once. */
export function buryLogin(
  tables: MemoryTables,
  loginId: string,
  end: { reason: SignedOutReason; at: EpochSeconds; tombstoneUntil: EpochSeconds },
  now: EpochSeconds,
): void {
  const name = tombstoneName({ loginId })
  const { reason, at, until } = tombstoneInForce(tables, name, now) ?? { ...end, until: end.tombstoneUntil }
  tables.tombstones.set(name, { reason, at, until: Math.max(until, end.tombstoneUntil) })
}

/** Marks a sid or sub as ended up to a time. The latest time stands: it covers the earlier ones. */
export function buryKey(
  tables: MemoryTables,
  name: string,
  end: { reason: SignedOutReason; at: EpochSeconds; tombstoneUntil: EpochSeconds },
  now: EpochSeconds,
): void {
  const known = tombstoneInForce(tables, name, now)
  const { reason, at } = known && known.at > end.at ? known : end
  tables.tombstones.set(name, { reason, at, until: Math.max(known?.until ?? 0, end.tombstoneUntil) })
}

/** The tombstone of the grant's sid or sub, if it is as young as the grant or younger. */
export function tombstoneOfGrant(
  tables: MemoryTables,
  grant: Burial,
  now: EpochSeconds,
): Tombstone | undefined {
  const { issuer, clientId, sid, sub, firstIssuedAt } = grant
  const names = [tombstoneName({ issuer, clientId, sub })]
  if (sid !== null) names.push(tombstoneName({ issuer, clientId, sid }))
  return names
    .map((name) => tombstoneInForce(tables, name, now))
    .find((tombstone) => tombstone && firstIssuedAt <= tombstone.at)
}

/** Tells whether a tombstone forbids the grant. */
export function isGrantBuried(tables: MemoryTables, grant: Burial, now: EpochSeconds): boolean {
  return tombstoneOfGrant(tables, grant, now) !== undefined
}

/** The login, if it can still be written to. */
export function findLiveLogin(
  tables: MemoryTables,
  loginId: string,
  now: EpochSeconds,
): LoginRow | "ended" | "missing" {
  if (tombstoneInForce(tables, tombstoneName({ loginId }), now)) return "ended"
  const row = tables.logins.get(loginId)
  if (!row) return "missing"
  return row.login.expiresAt > now ? row : "ended"
}
