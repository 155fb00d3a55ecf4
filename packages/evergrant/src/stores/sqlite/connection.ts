/**
 * One open connection to the file. It remembers which file it opened: on Linux and macOS a connection outlives
 * the deletion of its file, and would go on reading and writing logins that no other process can see.
 */
import { closeSync, openSync, statSync } from "node:fs"
import { basename } from "node:path"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"
import { prepareSchema } from "./schema.ts"

/** Prepares a statement, or returns the one that was prepared for the same text. */
export type Prepare = (sql: string) => StatementSync

export interface Connection {
  database: DatabaseSync
  prepare: Prepare
  /** Tells the file that was opened from another of the same name. */
  fileId: string
  /** The same of the log beside it, in which SQLite keeps the newest writes; `undefined` when there is none. */
  logId: string | undefined
}

/** `node:sqlite` as this Node has it. Asked for by name, so that no bundler tries to resolve it. */
function loadDriver(): typeof import("node:sqlite") {
  const driver = globalThis.process?.getBuiltinModule?.("node:sqlite")
  if (driver) return driver
  throw new ConfigurationError(
    "option_invalid",
    "sqliteStore needs node:sqlite: run Node 22.13 or newer (or 22.5 with --experimental-sqlite).",
  )
}

/** The path of the log that SQLite keeps beside a file. */
export function logOf(file: string): string {
  return `${file}-wal`
}

/** Names the file that is at this path now; `undefined` when there is none. */
export function identifyFile(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}

/**
 * Creates the file readable by its owner alone. An existing file is not touched, not even opened: closing it
 * would drop the locks that another connection of this process holds on it.
 */
function createFile(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

function prepareConnection(database: DatabaseSync, file: string, busyTimeout: Seconds): void {
  database.exec(`PRAGMA busy_timeout = ${Math.round(busyTimeout * 1000)}`)
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode
  if (mode !== "wal") {
    throw new ConfigurationError(
      "option_invalid",
      `"${basename(file)}" cannot be shared between processes where it is: put it on a local disk.`,
    )
  }
  database.exec("PRAGMA synchronous = FULL")
  prepareSchema(database, basename(file))
}

/** Opens the file, creating it and its tables where they are missing. Throws what the driver throws. */
export function openConnection(file: string, busyTimeout: Seconds): Connection {
  const { DatabaseSync } = loadDriver()
  createFile(file)
  // Before the file is opened: should it be replaced in between, the next check finds the difference.
  const fileId = identifyFile(file) ?? ""
  const database = new DatabaseSync(file)
  try {
    prepareConnection(database, file, busyTimeout)
  } catch (error) {
    database.close()
    throw error
  }
  const statements = new Map<string, StatementSync>()
  return {
    database,
    fileId,
    logId: identifyFile(logOf(file)),
    prepare(sql) {
      const statement = statements.get(sql) ?? database.prepare(sql)
      statements.set(sql, statement)
      return statement
    },
  }
}
