/** Writes the account table of a SQLite database that the application has opened with `node:sqlite`. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { ConfigurationError } from "../errors.ts"
import type { AccountWriter } from "./account-writer.ts"
import { type AccountStatements, composeWriter } from "./compose-writer.ts"

/** Options of {@link sqliteAccounts}. */
export interface SqliteAccountsOptions {
  /** Name of the table. Default `"account"`. */
  table?: string
}

/** The defaults of {@link SqliteAccountsOptions}. */
const defaults: Required<SqliteAccountsOptions> = Object.freeze({ table: "account" })

/** SQLite's own quoting, so that a name is never read as anything but a name. */
function quote(database: DatabaseSync, name: string): string {
  return String(database.prepare(`SELECT printf('"%w"', ?) AS quoted`).get(name)?.quoted)
}

function createStatements(database: DatabaseSync, table: string): AccountStatements {
  const name = quote(database, table)
  return {
    columns() {
      const names = database.prepare("SELECT name FROM pragma_table_info(?)").all(table)
      const present = new Set(names.map((column) => column.name))
      if (present.size === 0) {
        throw new ConfigurationError(
          "option_invalid",
          `The SQLite database has no table "${table}": create it, or name another one as sqliteAccounts' option table.`,
        )
      }
      return { has: (column) => present.has(column), latestExpiry: Number.MAX_SAFE_INTEGER }
    },

    async select({ provider, providerAccountId }, columns) {
      return database
        .prepare(`SELECT ${columns.join(", ")} FROM ${name} WHERE provider = ? AND providerAccountId = ?`)
        .get(provider, providerAccountId)
    },

    async update({ provider, providerAccountId }, values, expected) {
      const assignments = values.map(([column]) => `${column} = ?`).join(", ")
      const parameters: SQLInputValue[] = values.map(([, value]) => value)
      const { changes } = database
        .prepare(
          `UPDATE ${name} SET ${assignments}
            WHERE provider = ? AND providerAccountId = ? AND access_token IS ? AND refresh_token IS ?`,
        )
        .run(...parameters, provider, providerAccountId, expected.access_token, expected.refresh_token)
      return Number(changes)
    },
  }
}

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
export function sqliteAccounts(database: DatabaseSync, options: SqliteAccountsOptions = {}): AccountWriter {
  const { table } = { ...defaults, ...options }
  // `location` came with Node 22.16; a database in memory has none.
  const location = database.location?.() ?? ":memory:"
  return composeWriter(
    { kind: "sqlite", table: `sqlite ${location} "${table}"`, what: `The SQLite table "${table}"` },
    createStatements(database, table),
  )
}
