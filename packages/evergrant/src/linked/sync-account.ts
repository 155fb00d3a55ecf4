/**
 * Brings an account row to the newest tokens of its account.
 *
 * The store says what is newest, the row is compared and swapped. First the row is read and then the store, so
 * whatever the row holds by then was the newest at some earlier time: no older pair is ever written over a newer one,
 * however many processes write at once. After the last login has ended, the row is emptied.
 */
import type { AccountColumns, AccountPatch, AccountRow } from "../accounts/account-writer.ts"
import { isEvergrantError, StoreError } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import { isSealed } from "../store/seal.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { AccountIdentity } from "./account-identity.ts"
import { newestGrant } from "./newest-grant.ts"

const emptied: AccountPatch = Object.freeze({
  access_token: null,
  refresh_token: null,
  id_token: null,
  expires_at: null,
})

/** What calls for the write. */
export type SyncCause = "sign_in" | "refresh" | "end"

/** How often somebody else may come first: each of them has brought the row forward. */
const mostAttempts = 100

/**
 * Writes the row if it is behind.
 *
 * @param cause What happened to the account.
 * @throws What the database of the account table throws; {@link StoreError} of the store.
 */
export async function syncAccount(
  parts: Parts,
  store: GrantStore,
  account: AccountIdentity,
  cause: SyncCause,
): Promise<void> {
  const { accounts, vault } = parts
  if (!accounts) return
  const { writer } = accounts
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const row = await writer.find(account)
    if (!row) return
    const newest = await newestGrant(parts, store, account)
    const patch = newest ? await toPatch(parts, newest) : emptied
    if (!patch || (await holds(parts, row, patch))) return
    if (newest && cause !== "sign_in" && (await isAhead(parts, store, row))) return
    const raw = accounts.sealed ? await vault.sealAccount(account, patch) : patch
    const { access_token = null, refresh_token = null } = row
    const outcome = await writer.update(account, raw, { access_token, refresh_token })
    if (outcome === "conflict") continue
    if (outcome === "stored") {
      const { provider } = account
      parts.emit({
        type: "account.updated",
        provider,
        loginId: newest?.loginId ?? null,
        generation: newest?.generation ?? null,
      })
    }
    return
  }
  throw new StoreError("store_unavailable", "The account row is written too often at once.")
}

/**
 * Where the row is the source, somebody else may have refreshed it: a token that none of us has spent is newer than
 * what we hold. Only a sign-in, which brings tokens of its own, replaces it.
 */
async function isAhead(parts: Parts, store: GrantStore, row: AccountRow): Promise<boolean> {
  if (parts.accounts?.source !== "row" || !row.refresh_token) return false
  const opened = await parts.vault.openAccount(row).catch(() => undefined)
  if (!opened?.refresh_token) return false
  return (await store.findSpentToken(await hashSecret(opened.refresh_token))) === undefined
}

/** What the columns should hold. What a provider did not give is left alone, and never replaced by nothing. */
async function toPatch(parts: Parts, grant: StoredGrant): Promise<AccountPatch | undefined> {
  try {
    const tokens = await parts.vault.openTokens(grant)
    return {
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      expires_at: Math.floor(tokens.expiresAt),
      ...(tokens.idToken === null ? {} : { id_token: tokens.idToken }),
      ...(tokens.scope === null ? {} : { scope: tokens.scope }),
      ...(grant.sid === null ? {} : { session_state: grant.sid }),
    }
  } catch (error) {
    // Sealed under a key that this instance does not know: whoever knows it writes the row.
    if (isEvergrantError(error) && error.code === "record_unreadable") return undefined
    throw error
  }
}

async function holds(parts: Parts, row: AccountRow, patch: AccountPatch): Promise<boolean> {
  const plain = [row.access_token, row.refresh_token, row.id_token].some((value) => value && !isSealed(value))
  if (parts.accounts?.sealed && plain) return false
  const opened = await parts.vault.openAccount(row).catch(() => undefined)
  if (!opened) return false
  const columns = Object.keys(patch) as (keyof AccountColumns)[]
  return columns.every((column) => !(column in opened) || opened[column] === patch[column])
}
