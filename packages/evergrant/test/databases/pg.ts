import PostgresAdapter from "@auth/pg-adapter"
import { pgAccounts } from "../../src/accounts/pg.ts"
import { createPool } from "./postgres-place.ts"
import type { OpenDatabase } from "./test-database.ts"

export async function openPg(url: string): Promise<OpenDatabase> {
  const pool = createPool(url)
  return { adapter: PostgresAdapter(pool), writer: pgAccounts(pool), close: () => pool.end() }
}
