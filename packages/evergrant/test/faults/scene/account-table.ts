/** An account table of one row, in memory. */
import { DatabaseSync } from "node:sqlite"
import type { AccountWriter } from "../../../src/accounts/account-writer.ts"
import { sqliteAccounts } from "../../../src/accounts/sqlite.ts"
import type { AccountTable } from "../../../src/refresh/parts.ts"

export interface Table {
  database: DatabaseSync
  table: AccountTable
  row(): { access_token: string | null; refresh_token: string | null }
}

/** @param changes Replaces methods of the writer. */
export function createTable(changes: Partial<AccountWriter> = {}): Table {
  const database = new DatabaseSync(":memory:")
  database.exec(`CREATE TABLE account (provider TEXT, providerAccountId TEXT, access_token TEXT,
    refresh_token TEXT, id_token TEXT, expires_at INTEGER, scope TEXT, session_state TEXT)`)
  database.exec("INSERT INTO account (provider, providerAccountId) VALUES ('oidc', 'alice')")
  const writer = sqliteAccounts(database)
  return {
    database,
    table: { writer: { ...writer, table: "", ...changes } },
    row: () => database.prepare("SELECT * FROM account").get() as ReturnType<Table["row"]>,
  }
}
