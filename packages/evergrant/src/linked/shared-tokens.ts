/**
 * The row as the source: all logins of an account share one grant, and whoever else reads the table may refresh it,
 * too. Before a login spends its token it finds out which one the account holds now.
 */
import type { AccountRow } from "../accounts/account-writer.ts"
import { type Seconds, timedOut, withDeadline } from "../clock.ts"
import { StoreError } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import { toAccountIdentity } from "./account-identity.ts"
import { newestGrant } from "./newest-grant.ts"

/** Seconds that the row is waited for. Nothing has been spent yet: who does not get it now asks again later. */
const patience: Seconds = 2

/**
 * Finds the tokens of the account: those of the row, or of the login that is ahead of a row that could not be
 * written. A token that one of us is known to have spent is never among them.
 *
 * @param own What the login holds itself.
 * @returns Nothing, when every token that is left has been spent: the shared grant is over.
 * @throws What the database of the account table throws, also when it hangs: without it nobody may spend anything.
 */
export async function sharedTokens(
  parts: Parts,
  store: GrantStore,
  grant: StoredGrant,
  own: TokenSet,
): Promise<TokenSet | undefined> {
  const raw = await readRow(parts, grant)
  const row = raw && (await parts.vault.openAccount(raw))
  const isSpent = async (hash: string) => (await store.findSpentToken(hash)) !== undefined
  if (row?.refresh_token && !(await isSpent(await hashSecret(row.refresh_token)))) {
    return isOwn(row, own) ? own : fromRow(row, own, parts.surroundings.clock.now())
  }
  const newest = await newestGrant(parts, store, toAccountIdentity(grant))
  for (const candidate of [newest, grant]) {
    if (!candidate || (await isSpent(candidate.tokenHash))) continue
    return candidate.loginId === grant.loginId ? own : parts.vault.openTokens(candidate)
  }
  return undefined
}

async function readRow(parts: Parts, grant: StoredGrant): Promise<AccountRow | undefined> {
  if (!parts.accounts) return undefined
  const row = await withDeadline(parts.surroundings.scheduler, patience, parts.accounts.writer.find(grant))
  if (row === timedOut) throw new StoreError("store_unavailable", "The account table does not answer.")
  return row
}

/** A provider that does not rotate leaves the refresh token; then the access token tells. */
function isOwn(row: AccountRow, own: TokenSet): boolean {
  if (row.refresh_token !== own.refreshToken) return false
  return row.access_token === own.accessToken || (row.expires_at ?? 0) <= Math.floor(own.expiresAt)
}

/** What the row does not tell is unknown: a missing end of the access token means that it is over. */
function fromRow(row: AccountRow, own: TokenSet, now: number): TokenSet {
  return {
    accessToken: row.access_token ?? "",
    refreshToken: row.refresh_token ?? own.refreshToken,
    idToken: row.id_token ?? own.idToken,
    scope: row.scope ?? own.scope,
    receivedAt: now,
    expiresAt: row.access_token ? (row.expires_at ?? now) : now,
    sessionExpiresAt: null,
  }
}
