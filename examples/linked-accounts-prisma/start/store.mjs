/** `EVERGRANT_STORE`: read by start.mjs, which checks and closes it, and by auth.ts, which uses it. */
import { memoryStore } from "evergrant/stores/memory"
import { sqliteStore } from "evergrant/stores/sqlite"

export const defaultStore = "sqlite:.cache/evergrant.db"

/**
 * @param {string | undefined} setting
 * @throws {Error} One sentence with the remedy.
 */
export function toStore(setting = defaultStore) {
  if (setting === "memory:") return memoryStore({ name: "linked-accounts-prisma" })
  if (/^sqlite:./.test(setting)) return sqliteStore(setting.slice("sqlite:".length))
  // Never the value itself: it may hold the password of a database.
  throw new Error("EVERGRANT_STORE names no store of this example: set it to memory: or sqlite:FILE.")
}
