/**
 * The writer of a racing process. It has a file of its own because the adapters that tables are created with take
 * seconds to load, in every process that imports them.
 */
import { DatabaseSync } from "node:sqlite"
import type { AccountWriter } from "../../src/accounts/account-writer.ts"
import { pgAccounts } from "../../src/accounts/pg.ts"
import { sqliteAccounts } from "../../src/accounts/sqlite.ts"
import { createPool } from "../databases/postgres-place.ts"

export type RacingTable = "pg" | "sqlite"

/** Opens a writer for the table, as each process does. */
export function openWriter(
  kind: RacingTable,
  address: string,
): { writer: AccountWriter; close(): Promise<void> } {
  if (kind === "sqlite") {
    const database = new DatabaseSync(address, { timeout: 10_000 })
    return { writer: sqliteAccounts(database), close: async () => database.close() }
  }
  const pool = createPool(address)
  return { writer: pgAccounts(pool), close: () => pool.end() }
}
