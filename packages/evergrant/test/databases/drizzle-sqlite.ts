import { DrizzleAdapter } from "@auth/drizzle-adapter"
import { createClient } from "@libsql/client"
import { drizzle } from "drizzle-orm/libsql"
import { drizzleAccounts } from "../../src/accounts/drizzle.ts"
import type { SqliteConnection } from "./sqlite-place.ts"
import type { OpenDatabase } from "./test-database.ts"

export function connectLibsql(file: string): SqliteConnection {
  const client = createClient({ url: `file:${file}` })
  return {
    async query(sql) {
      const { rows } = await client.execute(sql)
      return rows.map((row) => ({ ...row }))
    },
    execute: (script) => client.executeMultiple(script),
    close: () => client.close(),
  }
}

/** Drizzle over libSQL: an asynchronous driver. */
export async function openDrizzleSqlite(file: string): Promise<OpenDatabase> {
  const client = createClient({ url: `file:${file}`, concurrency: 1 })
  await client.execute("PRAGMA busy_timeout = 5000")
  const db = drizzle(client)
  return { adapter: DrizzleAdapter(db), writer: drizzleAccounts(db), close: async () => client.close() }
}
