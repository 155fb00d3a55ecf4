/** `EVERGRANT_STORE`: read by start.mjs, which checks and closes it, and by auth.ts, which uses it. */
import { cookieStore } from "evergrant/stores/cookie"
import { memoryStore } from "evergrant/stores/memory"
import { sqliteStore } from "evergrant/stores/sqlite"

const remedy = "set it to memory:, cookie: or sqlite:FILE"

/**
 * The store that the setting names.
 *
 * @param {string | undefined} setting
 * @throws {Error} One sentence with the remedy.
 */
export function toStore(setting = "memory:") {
  if (setting === "memory:") return memoryStore({ name: "demo" })
  if (setting === "cookie:") return cookieStore({ name: "demo" })
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):(.*)$/.exec(setting) ?? []
  if (scheme === "sqlite" && rest !== "") return sqliteStore(rest)
  if (scheme === "sqlite") throw new Error(`EVERGRANT_STORE names no file: ${remedy}.`)
  if (["redis", "rediss", "postgres", "postgresql"].includes(scheme)) {
    throw new Error(`EVERGRANT_STORE cannot be ${scheme}: yet: ${remedy}.`)
  }
  // Never the value itself: it may hold the password of a database.
  throw new Error(`EVERGRANT_STORE names no known kind of store: ${remedy}.`)
}
