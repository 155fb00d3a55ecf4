import { DrizzleAdapter } from "@auth/drizzle-adapter"
import { drizzle } from "drizzle-orm/node-postgres"
import { drizzleAccounts } from "../../src/accounts/drizzle.ts"
import { createPool } from "./postgres-place.ts"
import type { OpenDatabase } from "./test-database.ts"

export async function openDrizzlePostgres(url: string): Promise<OpenDatabase> {
  const pool = createPool(url)
  const db = drizzle(pool)
  return { adapter: DrizzleAdapter(db), writer: drizzleAccounts(db), close: () => pool.end() }
}
