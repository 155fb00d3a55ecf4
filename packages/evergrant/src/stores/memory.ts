/**
 * The store that lives in the memory of one process: for development, for tests, and for a single process whose
 * users may be signed out by a restart.
 */
import { processWide } from "../process-wide.ts"
import type { StoreDriver } from "../store/grant-store.ts"
import { openMemoryView } from "./memory/open.ts"
import { createMemoryTables } from "./memory/tables.ts"

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Tells one store from another in the same process. Default `"default"`. */
  name?: string
}

/**
 * Keeps everything in the memory of this process.
 *
 * The records are one per process, name and namespace: Next.js loads a module several times, and all copies see
 * the same logins. A restart forgets them, and a second process never sees them; use `sqliteStore` or a server
 * for that. Closing the store closes one view of the records, it does not forget them.
 *
 * @param options.name Tells one store from another in the same process. Default `"default"`.
 *
 * @example
 * evergrant: { store: memoryStore() }
 */
export function memoryStore(options: MemoryStoreOptions = {}): StoreDriver {
  const name = options.name ?? "default"
  return {
    kind: "memory",
    location: name,
    open(context) {
      const key = `evergrant.stores.memory:${JSON.stringify([name, context.namespace])}`
      return openMemoryView(processWide(key, createMemoryTables), context, "memory").store
    },
  }
}
