/** Tokens in the account table, sealed column by column: a value opens in its own row and column only. */
import { isSealed, type Sealer } from "../store/seal.ts"
import type { AccountKey, AccountPatch, AccountRow } from "./account-writer.ts"

/** The columns that hold tokens. The others are no secrets, and are read by other tools. */
export const sealedColumns = ["access_token", "refresh_token", "id_token"] as const

/**
 * Seals the tokens of a patch for one row. `null` and what is absent stay so, and so do all other columns. What is
 * sealed twice differs: compare with what was read, never with what would be written.
 *
 * @throws What {@link Sealer} throws; nothing else.
 *
 * @example
 * const patch = await sealColumns(sealer, key, { access_token, expires_at })
 * await writer.update(key, patch, expected)
 */
export async function sealColumns(
  sealer: Sealer,
  key: AccountKey,
  patch: AccountPatch,
): Promise<AccountPatch> {
  const sealed: AccountPatch = { ...patch }
  for (const column of sealedColumns) {
    const value = patch[column]
    if (typeof value === "string") sealed[column] = await sealer.seal("account", placeOf(key, column), value)
  }
  return sealed
}

/**
 * Opens the sealed tokens of a row. Plain ones are returned as they are, so that a table may hold both while it is
 * being migrated.
 *
 * @throws {StoreError} `record_unreadable`: a value was altered or moved, or its key is not among the secrets.
 *
 * @example
 * const row = await writer.find(key)
 * const { access_token } = row ? await openColumns(sealer, row) : {}
 */
export async function openColumns(sealer: Sealer, row: AccountRow): Promise<AccountRow> {
  const opened: AccountRow = { ...row }
  for (const column of sealedColumns) {
    const value = row[column]
    if (typeof value !== "string" || !isSealed(value)) continue
    opened[column] = String(await sealer.open("account", placeOf(row, column), value))
  }
  return opened
}

function placeOf({ provider, providerAccountId }: AccountKey, column: string): string[] {
  return [provider, providerAccountId, column]
}
