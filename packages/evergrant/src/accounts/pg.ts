/** Writes the account table of a PostgreSQL database through the application's pool of the driver `pg`. */
import { escapeIdentifier } from "pg"
import { ConfigurationError } from "../errors.ts"
import type { AccountWriter } from "./account-writer.ts"
import { type AccountStatements, composeWriter, latestIn32Bits } from "./compose-writer.ts"

/** What is used of a pool, or of a client, of `pg`. */
export interface PgQueryable {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{
    rows: Record<string, unknown>[]
    rowCount: number | null
    fields: { name: string; dataTypeID: number }[]
  }>
}

/** Options of {@link pgAccounts}. */
export interface PgAccountsOptions {
  /** Name of the table, if need be with its schema, as in `auth.accounts`. Default `"accounts"`. */
  table?: string
}

/** The defaults of {@link PgAccountsOptions}. */
const defaults: Required<PgAccountsOptions> = Object.freeze({ table: "accounts" })

/** PostgreSQL's number of the type `integer`, and its codes for a table or a schema that is not there. */
const integerType = 23
const undefinedTable = ["42P01", "3F000"]

const keyCondition = 'provider = $1 AND "providerAccountId" = $2'

function quote(table: string): string {
  return table.split(".").map(escapeIdentifier).join(".")
}

function createStatements(pool: PgQueryable, table: string): AccountStatements {
  const name = quote(table)
  return {
    async columns() {
      const { fields } = await pool.query(`SELECT * FROM ${name} LIMIT 0`).catch((error: unknown) => {
        throw isMissingTable(error) ? missingTable(table) : error
      })
      const types = new Map(fields.map((field) => [field.name, field.dataTypeID]))
      const isNarrow = types.get("expires_at") === integerType
      return {
        has: (column) => types.has(column),
        latestExpiry: isNarrow ? latestIn32Bits : Number.MAX_SAFE_INTEGER,
      }
    },

    async select({ provider, providerAccountId }, columns) {
      const { rows } = await pool.query(
        `SELECT ${columns.join(", ")} FROM ${name} WHERE ${keyCondition} LIMIT 1`,
        [provider, providerAccountId],
      )
      return rows[0]
    },

    async update({ provider, providerAccountId }, values, expected) {
      const assignments = values.map(([column], index) => `${column} = $${index + 5}`).join(", ")
      const { rowCount } = await pool.query(
        `UPDATE ${name} SET ${assignments}
          WHERE ${keyCondition} AND access_token IS NOT DISTINCT FROM $3 AND refresh_token IS NOT DISTINCT FROM $4`,
        [
          provider,
          providerAccountId,
          expected.access_token,
          expected.refresh_token,
          ...values.map(([, value]) => value),
        ],
      )
      return rowCount ?? 0
    },
  }
}

function isMissingTable(error: unknown): boolean {
  return error instanceof Error && "code" in error && undefinedTable.includes(String(error.code))
}

function missingTable(table: string): ConfigurationError {
  return new ConfigurationError(
    "option_invalid",
    `The PostgreSQL database has no table "${table}": create it, or name another one as pgAccounts' option table.`,
  )
}

/** Where the pool leads, without user and password. */
function locationOf(pool: object): string {
  if (!("options" in pool) || typeof pool.options !== "object" || pool.options === null) return ""
  const options: { host?: unknown; port?: unknown; database?: unknown; connectionString?: unknown } =
    pool.options
  const address = String(options.connectionString)
  const url = URL.canParse(address) ? new URL(address) : undefined
  const host = url?.hostname || options.host || "localhost"
  const port = url?.port || options.port || 5432
  return ` ${host}:${port}/${url?.pathname.slice(1) || options.database || ""}`
}

/**
 * Keeps the account table of a PostgreSQL database up to date, through the application's own pool.
 *
 * The table is that of `@auth/pg-adapter`; columns of your own stay as they are. Names are taken as they are
 * spelled, capitals included, as if quoted. Handle the pool's `error` event, as `pg` asks of everybody.
 *
 * Give the table a unique index on `(provider, "providerAccountId")`, which the adapter's documentation leaves out:
 * without one every refresh, and every sign-in of Auth.js, reads the whole table.
 *
 * @param pool A `Pool` of `pg`, or anything with its `query`. It stays the application's: Evergrant never ends it.
 * @param options.table Name of the table, if need be with its schema, as in `auth.accounts`. Default `"accounts"`.
 * @returns A writer whose `check()` throws {@link ConfigurationError} `option_invalid` when the table or one of
 *   its columns is missing.
 *
 * @example
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL })
 * evergrant: { accounts: pgAccounts(pool) }
 */
export function pgAccounts(pool: PgQueryable, options: PgAccountsOptions = {}): AccountWriter {
  const { table } = { ...defaults, ...options }
  return composeWriter(
    { kind: "pg", table: `postgres${locationOf(pool)} "${table}"`, what: `The PostgreSQL table "${table}"` },
    createStatements(pool, table),
  )
}
