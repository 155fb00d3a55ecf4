/** `DATABASE_URL`: read by start.mjs, which checks and opens it, and by the application, which uses it. */
import { createHash } from "node:crypto"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { tables } from "./tables.mjs"

const remedy =
  "give the path of an SQLite file, memory: to keep nothing, or none to do without users and accounts"

/** Next makes three copies of a module, and a database in memory must be one for all of them. */
const key = Symbol.for("evergrant.demo.database")
const shared = /** @type {{ [key]?: Map<string, DatabaseSync> }} */ (globalThis)

/**
 * The file where nothing else is said. Each provider has its own: Auth.js refuses an account whose address another
 * account has already, and alice@example.test is everywhere.
 *
 * @param {string | undefined} issuer Of the provider; the embedded one has the same users at every start.
 */
export function usualDatabaseFile(issuer) {
  const suffix =
    issuer === undefined ? "" : `-${createHash("sha256").update(issuer).digest("hex").slice(0, 8)}`
  return `.cache/demo-app${suffix}.db`
}

/**
 * Where the application keeps its users: an absolute path, `memory:` or `none`.
 *
 * @param {string | undefined} setting
 * @throws {Error} One sentence with the remedy. Never the value itself: it may hold a password.
 */
export function toDatabaseFile(setting = usualDatabaseFile(undefined)) {
  if (setting === "memory:" || setting === "none") return setting
  const file = setting.replace(/^(sqlite|file):/, "")
  if (file === "" || /^[a-z]+:/.test(file)) throw new Error(`DATABASE_URL names no file: ${remedy}.`)
  return resolve(file)
}

/**
 * Opens the database, once per process, and creates the tables that are missing.
 *
 * @param {string | undefined} setting
 * @throws {Error} One sentence with the remedy.
 */
export function openDatabase(setting) {
  const file = toDatabaseFile(setting)
  if (file === "none") throw new Error(`There is no database of users (DATABASE_URL is none): ${remedy}.`)
  shared[key] ??= new Map()
  const database = shared[key].get(file) ?? open(file)
  shared[key].set(file, database)
  return database
}

/** Milliseconds that whoever comes second waits for another process's write, and between two attempts to open. */
const patienceMs = 5000
const pauseMs = 10

/** @param {string} file */
function open(file) {
  const givingUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return prepare(file)
    } catch (cause) {
      // SQLite refuses at once, and does not wait, while another process turns a new file into a shared one.
      if (!isBusy(cause) || performance.now() > givingUpAt) {
        throw new Error(`DATABASE_URL cannot be opened as an SQLite database: ${remedy}.`, { cause })
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
    }
  }
}

/** @param {string} file */
function prepare(file) {
  if (file !== "memory:") createFile(file)
  const database = new DatabaseSync(file === "memory:" ? ":memory:" : file, { timeout: patienceMs })
  try {
    database.exec("PRAGMA journal_mode = WAL")
    database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT`)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Whether another process held the lock. @param {unknown} error */
function isBusy(error) {
  const code = /** @type {{ errcode?: number } | undefined} */ (error)?.errcode
  return code !== undefined && (code & 0xff) === 5
}

/** The account table holds tokens, so the file is its owner's alone. @param {string} file */
function createFile(file) {
  mkdirSync(dirname(file), { recursive: true })
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error
  }
}
