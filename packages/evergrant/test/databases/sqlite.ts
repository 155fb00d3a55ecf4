import { DatabaseSync } from "node:sqlite"
import { DrizzleAdapter } from "@auth/drizzle-adapter"
import { drizzle, type SqliteRemoteDatabase } from "drizzle-orm/sqlite-proxy"
import { sqliteAccounts } from "../../src/accounts/sqlite.ts"
import type { SqliteConnection } from "./sqlite-place.ts"
import type { OpenDatabase } from "./test-database.ts"

export function connectSqlite(file: string): SqliteConnection {
  const database = new DatabaseSync(file, { timeout: 5000 })
  return {
    query: async (sql) => database.prepare(sql).all(),
    execute: async (script) => database.exec(script),
    close: () => database.close(),
  }
}

/** Auth.js has no adapter for `node:sqlite`: its Drizzle adapter reaches the database through a proxy. */
function drizzleOver(database: DatabaseSync): SqliteRemoteDatabase {
  return drizzle(async (sql, parameters, method) => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    const rows: unknown[] = statement.all(...parameters)
    return { rows: method === "get" ? (rows[0] as unknown[]) : rows }
  })
}

export async function openSqlite(file: string): Promise<OpenDatabase> {
  const database = new DatabaseSync(file, { timeout: 5000 })
  return {
    adapter: DrizzleAdapter(drizzleOver(database)),
    writer: sqliteAccounts(database),
    close: async () => database.close(),
  }
}
