/** Writes the account table of a SQLite database that the application has opened with `node:sqlite`. */
import type { DatabaseSync } from "node:sqlite"
import type { ListingAccountWriter } from "./account-writer.ts"
import { composeListingWriter } from "./compose-writer.ts"
import { createStatements } from "./sqlite/statements.ts"

/** Options of {@link sqliteAccounts}. */
export interface SqliteAccountsOptions {
  /** Name of the table. Default `"account"`. */
  table?: string
}

/** The defaults of {@link SqliteAccountsOptions}. */
const defaults: Required<SqliteAccountsOptions> = Object.freeze({ table: "account" })

/**
 * Keeps the account table of a SQLite database up to date, over the connection that the application has opened.
 *
 * The table is that of Auth.js's SQL schema; columns of your own stay as they are. A write waits for another
 * process's as long as the connection's `timeout` says. Needs Node 22.13 or newer, for `node:sqlite`.
 *
 * @param database The open database. It stays the application's: Evergrant never closes it.
 * @param options.table Name of the table. Default `"account"`.
 * @returns A writer whose `check()` throws {@link ConfigurationError} `option_invalid` when the table or one of
 *   its columns is missing.
 *
 * @example
 * const database = new DatabaseSync("app.db", { timeout: 5000 })
 * evergrant: { accounts: sqliteAccounts(database) }
 */
export function sqliteAccounts(
  database: DatabaseSync,
  options: SqliteAccountsOptions = {},
): ListingAccountWriter {
  const { table } = { ...defaults, ...options }
  // `location` came with Node 22.16; a database in memory has none, and is told apart by its connection.
  const location = database.location?.()
  return composeListingWriter(
    {
      kind: "sqlite",
      table: `sqlite ${location ?? ":memory:"} "${table}"`,
      ...(location ? {} : { client: database }),
      what: `The SQLite table "${table}"`,
    },
    createStatements(database, table),
  )
}
