/** The account table in each database. */
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { AccountWriter } from "../../packages/evergrant/src/accounts/account-writer.ts"
import { pgAccounts } from "../../packages/evergrant/src/accounts/pg.ts"
import { sqliteAccounts } from "../../packages/evergrant/src/accounts/sqlite.ts"
import { createPool, createPostgresPlace } from "../../packages/evergrant/test/databases/postgres-place.ts"

export interface AccountTable {
  writer: AccountWriter
  /** Inserts the row of an account, as Auth.js does when it is linked. */
  insert(providerAccountId: string): Promise<void>
  /** Inserts as many rows of other accounts, with tokens. */
  fill(count: number): Promise<void>
  close(): Promise<void>
}

const readSchema = (name: string): string =>
  readFileSync(new URL(`../../packages/evergrant/test/databases/schema/${name}`, import.meta.url), "utf8")

const filler =
  "'access ' || i || repeat('x', 1100), 'refresh ' || i || repeat('x', 700), 'id ' || i || repeat('x', 1000)"

/** A file, with the default tables of `@auth/drizzle-adapter`. */
export function openSqliteTable(file: string): AccountTable {
  const database = new DatabaseSync(file)
  database.exec(readSchema("auth.sql"))
  database.exec("PRAGMA journal_mode = WAL")
  database.exec(`INSERT INTO "user" (id) VALUES ('anybody')`)
  const insert = database.prepare(
    `INSERT INTO account ("userId", type, provider, "providerAccountId") VALUES ('anybody', 'oidc', 'oidc', ?)`,
  )
  return {
    writer: sqliteAccounts(database),
    insert: async (providerAccountId) => void insert.run(providerAccountId),
    async fill(count) {
      database.function("repeat", (text, times) => String(text).repeat(Number(times)))
      database.exec(`
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
        INSERT INTO account ("userId", type, provider, "providerAccountId", access_token, refresh_token, id_token)
          SELECT 'anybody', 'oidc', 'oidc', 'idle-' || i, ${filler} FROM n`)
    },
    close: async () => database.close(),
  }
}

/** A database of its own, with the table of `@auth/pg-adapter`. */
export async function openPostgresTable(serverUrl: string, indexed: boolean): Promise<AccountTable> {
  const index = 'CREATE UNIQUE INDEX ON accounts (provider, "providerAccountId");'
  const place = await createPostgresPlace(serverUrl, `${readSchema("pg-adapter.sql")}${indexed ? index : ""}`)
  const pool = createPool(place.address)
  return {
    writer: pgAccounts(pool),
    async insert(providerAccountId) {
      await pool.query(
        `INSERT INTO accounts ("userId", type, provider, "providerAccountId") VALUES (1, 'oidc', 'oidc', $1)`,
        [providerAccountId],
      )
    },
    async fill(count) {
      await pool.query(
        `INSERT INTO accounts ("userId", type, provider, "providerAccountId", access_token, refresh_token, id_token)
          SELECT i, 'oidc', 'oidc', 'idle-' || i, ${filler} FROM generate_series(1, $1::int) AS n (i)`,
        [count],
      )
      await pool.query("VACUUM ANALYZE accounts")
    },
    async close() {
      await pool.end()
      await place.remove()
    },
  }
}
