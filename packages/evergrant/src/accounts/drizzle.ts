/** Writes the account table through the application's Drizzle database: SQLite and PostgreSQL, whatever the driver. */
import { and, type Column, eq, getTableColumns, getTableName, is, isNull, type SQL, Table } from "drizzle-orm"
import { PgDatabase, PgTable } from "drizzle-orm/pg-core"
import { BaseSQLiteDatabase, SQLiteTable } from "drizzle-orm/sqlite-core"
import { ConfigurationError } from "../errors.ts"
import type { AccountKey, AccountWriter } from "./account-writer.ts"
import {
  type AccountStatements,
  composeWriter,
  latestIn32Bits,
  refuseMissingColumns,
  type TableColumns,
} from "./compose-writer.ts"
import { defaultPostgresTable, defaultSqliteTable } from "./drizzle/default-tables.ts"

type Fields = Record<string, Column>
type Rows = PromiseLike<Record<string, unknown>[]>

/** What is used of a database. The builders of both dialects have this form, and a synchronous one can be awaited. */
interface Database {
  select(fields: Fields): { from(table: Table): { where(condition?: SQL): { limit(count: number): Rows } } }
  update(table: Table): {
    set(values: Record<string, unknown>): { where(condition?: SQL): { returning(fields: Fields): Rows } }
  }
}

interface Dialect {
  name: "postgres" | "sqlite"
  defaultTable: Table
  owns(table: unknown): boolean
}

const postgres: Dialect = {
  name: "postgres",
  defaultTable: defaultPostgresTable,
  owns: (table) => is(table, PgTable),
}

const sqlite: Dialect = {
  name: "sqlite",
  defaultTable: defaultSqliteTable,
  owns: (table) => is(table, SQLiteTable),
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("option_invalid", message)
}

function isDatabase(db: unknown): db is Database {
  return is(db, PgDatabase) || is(db, BaseSQLiteDatabase)
}

function describe(columns: Fields): TableColumns {
  const isNarrow = columns.expires_at?.columnType === "PgInteger"
  return {
    has: (column) => Object.hasOwn(columns, column),
    latestExpiry: isNarrow ? latestIn32Bits : Number.MAX_SAFE_INTEGER,
  }
}

function createStatements(db: Database, table: Table, columns: Fields): AccountStatements {
  function column(name: string): Column {
    const found = columns[name]
    if (!found) throw invalid(`The Drizzle table "${getTableName(table)}" lacks the column ${name}.`)
    return found
  }

  const equals = (name: string, value: string | null): SQL =>
    value === null ? isNull(column(name)) : eq(column(name), value)

  const isRow = ({ provider, providerAccountId }: AccountKey): (SQL | undefined)[] => [
    equals("provider", provider),
    equals("providerAccountId", providerAccountId),
  ]

  /** A column in mode `bigint` takes nothing else. */
  const toColumn = (name: string, value: string | number | null): unknown =>
    typeof value === "number" && column(name).dataType === "bigint" ? BigInt(value) : value

  return {
    columns: () => describe(columns),

    async select(key, names) {
      const fields = Object.fromEntries(names.map((name) => [name, column(name)]))
      const [row] = await db
        .select(fields)
        .from(table)
        .where(and(...isRow(key)))
        .limit(1)
      return row
    },

    async update(key, values, expected) {
      const rows = await db
        .update(table)
        .set(Object.fromEntries(values.map(([name, value]) => [name, toColumn(name, value)])))
        .where(
          and(
            ...isRow(key),
            equals("access_token", expected.access_token),
            equals("refresh_token", expected.refresh_token),
          ),
        )
        .returning({ provider: column("provider") })
      return rows.length
    },
  }
}

/**
 * Keeps the account table up to date through the application's own Drizzle database (0.45, any SQLite or
 * PostgreSQL driver, synchronous or not).
 *
 * Columns of your own stay as they are; columns of Auth.js that the table lacks are left out.
 *
 * @param db The database. It stays the application's: Evergrant never closes it.
 * @param table The account table, as handed to `DrizzleAdapter`. Default: the adapter's own, named `account`.
 * @throws {ConfigurationError} `option_invalid`: no Drizzle database, one of another dialect, a table of another
 *   dialect than the database's, or a table that lacks a needed column.
 *
 * @example
 * const db = drizzle(process.env.DATABASE_URL)
 * evergrant: { accounts: drizzleAccounts(db, accounts) }
 */
export function drizzleAccounts(db: object, table?: Table): AccountWriter {
  if (!isDatabase(db)) {
    throw invalid(
      "drizzleAccounts needs a Drizzle database on SQLite or PostgreSQL; for another one, write an AccountWriter.",
    )
  }
  const dialect = is(db, PgDatabase) ? postgres : sqlite
  const target = table ?? dialect.defaultTable
  if (!is(target, Table) || !dialect.owns(target)) {
    throw invalid(
      `drizzleAccounts needs a table of the same dialect as its database, which is ${dialect.name}.`,
    )
  }
  const name = getTableName(target)
  const columns = getTableColumns(target)
  const what = `The Drizzle table "${name}"`
  refuseMissingColumns(what, describe(columns))
  return composeWriter(
    { kind: "drizzle", table: `drizzle ${dialect.name} "${name}"`, client: db, what },
    createStatements(db, target, columns),
  )
}
