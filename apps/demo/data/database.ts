/** The application's database, as Auth.js's Drizzle adapter and the writer of the account table reach it. */
import { drizzle } from "drizzle-orm/sqlite-proxy"
import { openDatabase } from "@/start/database-setting.mjs"

/** Without one nobody is remembered: sessions in cookies, and no linked accounts. */
export const hasDatabase = process.env.DATABASE_URL !== "none"

/** The open connection. Asked for at each use, because `next build` loads this module and must open nothing. */
export function database() {
  return openDatabase(process.env.DATABASE_URL)
}

/** Drizzle has no driver for `node:sqlite` and reaches it through a function. */
export const db = drizzle(async (sql, parameters, method) => {
  const statement = database().prepare(sql)
  statement.setReturnArrays(true)
  const rows: unknown[] = statement.all(...parameters)
  return { rows: method === "get" ? (rows[0] as unknown[]) : rows }
})
