/** The application's own database: what it would know of its users without any Evergrant. */
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { type Step, stepSchema } from "./profile"

/** Next makes three copies of this module, and a database in memory must be one for all of them. */
const shared = globalThis as { [key: symbol]: DatabaseSync | undefined }
const key = Symbol.for("evergrant.demo.users")

function database(): DatabaseSync {
  shared[key] ??= open(process.env.DATABASE_URL ?? ".cache/demo-app.db")
  return shared[key]
}

function open(file: string): DatabaseSync {
  if (file !== "memory:") mkdirSync(dirname(file), { recursive: true })
  const opened = new DatabaseSync(file === "memory:" ? ":memory:" : file, { timeout: 5000 })
  opened.exec("CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, step TEXT NOT NULL) STRICT")
  return opened
}

/** What is kept of a user; nothing for one who has not begun. */
export function readUser(id: string): { step: Step } | undefined {
  const row = database().prepare("SELECT step FROM users WHERE id = ?").get(id)
  return row && { step: stepSchema.parse(row.step) }
}

/** Keeps how far a user has come. */
export function saveStep(id: string, step: Step): void {
  database()
    .prepare("INSERT INTO users (id, step) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET step = excluded.step")
    .run(id, step)
}

/** Throws when the database cannot be read. */
export function checkUsers(): void {
  database().prepare("SELECT count(*) FROM users").get()
}
