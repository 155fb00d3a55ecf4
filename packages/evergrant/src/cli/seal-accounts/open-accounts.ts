import { existsSync } from "node:fs"
import type { ListingAccountWriter } from "../../accounts/account-writer.ts"
import { UsageError } from "../usage-error.ts"
import type { SealAccountsSettings } from "./read-arguments.ts"

/** The table, and how to let go of it. */
interface OpenAccounts {
  writer: ListingAccountWriter
  close(): Promise<void>
}

type Place = Pick<SealAccountsSettings, "database" | "table">

/**
 * Opens the table and looks whether it has the columns. Drivers are loaded only when they are needed.
 *
 * @throws {UsageError} There is no such file or driver.
 * @throws {ConfigurationError} There is no such table, or it lacks a column.
 */
export async function openAccounts({ isPostgres, ...place }: SealAccountsSettings): Promise<OpenAccounts> {
  const accounts = await (isPostgres ? openPostgres(place) : openSqlite(place))
  try {
    await accounts.writer.check()
    return accounts
  } catch (error) {
    await accounts.close()
    throw error
  }
}

async function openPostgres({ database, table }: Place): Promise<OpenAccounts> {
  const { pgAccounts } = await loadPostgresWriter()
  const { Pool } = await import("pg")
  const pool = new Pool({ connectionString: database, max: 1 })
  // The statement under way is rejected as well, and tells what happened.
  pool.on("error", () => undefined)
  return { writer: pgAccounts(pool, { table }), close: () => pool.end() }
}

async function loadPostgresWriter(): Promise<typeof import("../../accounts/pg.ts")> {
  try {
    return await import("../../accounts/pg.ts")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
      throw new UsageError("The driver pg is not installed: run npm install pg.")
    }
    throw error
  }
}

async function openSqlite({ database: file, table }: Place): Promise<OpenAccounts> {
  if (!existsSync(file)) throw new UsageError(`There is no file ${JSON.stringify(file)}.`)
  const driver = globalThis.process.getBuiltinModule?.("node:sqlite")
  if (!driver) throw new UsageError("SQLite needs node:sqlite: run Node 22.13 or newer.")
  const { sqliteAccounts } = await import("../../accounts/sqlite.ts")
  // The application writes meanwhile: each waits for the other.
  const database = new driver.DatabaseSync(file, { timeout: 5000 })
  return { writer: sqliteAccounts(database, { table }), close: async () => database.close() }
}
