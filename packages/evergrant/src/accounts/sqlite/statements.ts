import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { ConfigurationError } from "../../errors.ts"
import type { ListingStatements } from "../compose-writer.ts"

const key = "provider, providerAccountId"

/** SQLite's own quoting, so that a name is never read as anything but a name. */
function quote(database: DatabaseSync, name: string): string {
  return String(database.prepare(`SELECT printf('"%w"', ?) AS quoted`).get(name)?.quoted)
}

/** The statements of {@link sqliteAccounts} over a table. */
export function createStatements(database: DatabaseSync, table: string): ListingStatements {
  let quoted: string | undefined
  // Not before it is needed: this is the first time that the file is read.
  const name = (): string => {
    quoted ??= quote(database, table)
    return quoted
  }

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
        .prepare(`SELECT ${columns.join(", ")} FROM ${name()} WHERE provider = ? AND providerAccountId = ?`)
        .get(provider, providerAccountId)
    },

    async update({ provider, providerAccountId }, values, expected) {
      const assignments = values.map(([column]) => `${column} = ?`).join(", ")
      const parameters: SQLInputValue[] = values.map(([, value]) => value)
      const { changes } = database
        .prepare(
          `UPDATE ${name()} SET ${assignments}
            WHERE provider = ? AND providerAccountId = ? AND access_token IS ? AND refresh_token IS ?`,
        )
        .run(...parameters, provider, providerAccountId, expected.access_token, expected.refresh_token)
      return Number(changes)
    },

    async count() {
      return Number(database.prepare(`SELECT count(*) AS count FROM ${name()}`).get()?.count)
    },

    async list(columns, after, limit) {
      const selected = [key, ...columns].join(", ")
      const condition = after ? `WHERE (${key}) > (?, ?)` : ""
      return database
        .prepare(`SELECT ${selected} FROM ${name()} ${condition} ORDER BY ${key} LIMIT ?`)
        .all(...(after ? [after.provider, after.providerAccountId] : []), limit)
    },
  }
}
