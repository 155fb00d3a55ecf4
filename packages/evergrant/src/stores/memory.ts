/**
 * The store that lives in the memory of one process: for development, for tests, and for a single process whose
 * users may be signed out by a restart. JavaScript runs one thing at a time and every method here is synchronous
 * up to its end, so each is one atomic step without any lock.
 */
import { StoreError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { GrantStore, StoreContext, StoreDriver } from "../store/grant-store.ts"
import { changeMethods } from "./memory/changes.ts"
import { dataMethods } from "./memory/data.ts"
import { endingMethods } from "./memory/endings.ts"
import { grantMethods } from "./memory/grants.ts"
import { leaseMethods } from "./memory/leases.ts"
import { loginMethods } from "./memory/logins.ts"
import { outboxMethods } from "./memory/outbox.ts"
import { sweepMethods } from "./memory/sweep.ts"
import { createMemoryTables, type MemoryView } from "./memory/tables.ts"

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Tells one store from another in the same process. Default `"default"`. */
  name?: string
}

function openView({ namespace, clock }: StoreContext, name: string): GrantStore {
  const key = `evergrant.stores.memory:${JSON.stringify([name, namespace])}`
  const tables = processWide(key, createMemoryTables)
  const subscriptions = new Set<() => void>()
  let closed = false
  const view: MemoryView = {
    clock,
    tables() {
      if (closed) throw new StoreError("store_unavailable", "The memory store was closed.")
      return tables
    },
  }
  const changes = changeMethods(view)
  return {
    ...loginMethods(view),
    ...grantMethods(view),
    ...endingMethods(view),
    ...dataMethods(view),
    ...leaseMethods(view),
    ...outboxMethods(view),
    ...sweepMethods(view),
    ...changes,

    subscribe(listener) {
      const stop = changes.subscribe(listener)
      subscriptions.add(stop)
      return () => {
        subscriptions.delete(stop)
        stop()
      }
    },

    async ping() {
      view.tables()
    },

    async close() {
      closed = true
      for (const stop of subscriptions) stop()
    },
  }
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
  return { kind: "memory", location: name, open: (context) => openView(context, name) }
}
