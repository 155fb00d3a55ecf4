/** One opened view of records that live in the memory of this process. */
import { StoreError } from "../../errors.ts"
import type { GrantStore, StoreContext } from "../../store/grant-store.ts"
import { changeMethods } from "./changes.ts"
import { dataMethods } from "./data.ts"
import { endingMethods } from "./endings.ts"
import { grantMethods } from "./grants.ts"
import { leaseMethods } from "./leases.ts"
import { loginMethods } from "./logins.ts"
import { outboxMethods } from "./outbox.ts"
import { sweepMethods } from "./sweep.ts"
import type { MemoryTables, MemoryView } from "./tables.ts"

/**
 * Opens a view. JavaScript runs one thing at a time and every method is synchronous up to its end, so each is one
 * atomic step without any lock.
 *
 * @param name What the store calls itself when it was closed.
 */
export function openMemoryView(
  tables: MemoryTables,
  { clock }: StoreContext,
  name: string,
): { view: MemoryView; store: GrantStore } {
  const subscriptions = new Set<() => void>()
  let closed = false
  const view: MemoryView = {
    clock,
    tables() {
      if (closed) throw new StoreError("store_unavailable", `The ${name} store was closed.`)
      return tables
    },
  }
  const changes = changeMethods(view)
  const store: GrantStore = {
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
  return { view, store }
}
