/** Writes the account table of a PostgreSQL database through the application's pool of the driver `pg`. */
import type { ListingAccountWriter } from "./account-writer.ts"
import { composeListingWriter } from "./compose-writer.ts"
import { createStatements, type PgQueryable } from "./pg/statements.ts"

export type { PgQueryable } from "./pg/statements.ts"

/** Options of {@link pgAccounts}. */
export interface PgAccountsOptions {
  /** Name of the table, if need be with its schema, as in `auth.accounts`. Default `"accounts"`. */
  table?: string
}

/** The defaults of {@link PgAccountsOptions}. */
const defaults: Required<PgAccountsOptions> = Object.freeze({ table: "accounts" })

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
 * spelled, capitals included, as if quoted. That schema has no index for the two columns of the key: add one
 * (`CREATE UNIQUE INDEX ON accounts (provider, "providerAccountId")`), or each write reads the whole table.
 * Handle the pool's `error` event, as `pg` asks of everybody.
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
export function pgAccounts(pool: PgQueryable, options: PgAccountsOptions = {}): ListingAccountWriter {
  const { table } = { ...defaults, ...options }
  return composeListingWriter(
    { kind: "pg", table: `postgres${locationOf(pool)} "${table}"`, what: `The PostgreSQL table "${table}"` },
    createStatements(pool, table),
  )
}
