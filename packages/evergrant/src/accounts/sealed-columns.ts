/** Sealed token columns, in the format of the store's records. */
import type { Sealer, SealPlace } from "../store/seal.ts"
import type { AccountKey, AccountPatch, AccountRow } from "./account-writer.ts"

const secretColumns = ["access_token", "refresh_token", "id_token"] as const

/** Seals the token columns of a patch. */
export async function sealColumns(
  sealer: Sealer,
  key: AccountKey,
  patch: AccountPatch,
): Promise<AccountPatch> {
  const sealed: AccountPatch = { ...patch }
  for (const column of secretColumns) {
    const value = patch[column]
    if (typeof value === "string") sealed[column] = await sealer.seal("account", place(key, column), value)
  }
  return sealed
}

/** Opens the sealed columns of a row. */
export async function openColumns(sealer: Sealer, row: AccountRow): Promise<AccountRow> {
  const opened: AccountRow = { ...row }
  for (const column of secretColumns) {
    const value = row[column]
    if (value?.startsWith("eg1."))
      opened[column] = (await sealer.open("account", place(row, column), value)) as string
  }
  return opened
}

function place({ provider, providerAccountId }: AccountKey, column: string): SealPlace {
  return [provider, providerAccountId, column]
}
