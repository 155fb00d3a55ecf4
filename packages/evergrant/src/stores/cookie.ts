/**
 * The placement without a store: every login travels in its session cookie, and the process keeps what it has seen,
 * so that there is one flight per grant, an old cookie leads to the newest tokens, and an ended login stays ended.
 */
import type { EpochSeconds, Seconds } from "../clock.ts"
import { processWide } from "../process-wide.ts"
import type { StoreDriver } from "../store/grant-store.ts"
import { openMemoryView } from "./memory/open.ts"
import { restoringMethods } from "./memory/restoring.ts"
import { createMemoryTables } from "./memory/tables.ts"

/** Options of {@link cookieStore}. */
export interface CookieStoreOptions {
  /** Tells one memory from another in the same process. Default `"default"`. */
  name?: string
}

/** Seconds between two removals of what has expired: the memory of a process must not grow with every visitor. */
const sweepInterval: Seconds = 60

/**
 * Keeps logins in the encrypted session cookie of Auth.js, for one process and the JWT strategy. What this cannot
 * promise (other instances, a restart under strict rotation, immediate revocation …) is a table in
 * `docs/cookie-placement.md`.
 *
 * @param options.name Tells one memory from another in the same process. Default `"default"`.
 *
 * @example
 * evergrant: { store: cookieStore() }
 */
export function cookieStore(options: CookieStoreOptions = {}): StoreDriver {
  const name = options.name ?? "default"
  return {
    kind: "cookie",
    location: name,
    open(context) {
      const key = `evergrant.stores.cookie:${JSON.stringify([name, context.namespace])}`
      const { view, store } = openMemoryView(processWide(key, createMemoryTables), context, "cookie")
      const { restore } = restoringMethods(view)
      let sweptAt: EpochSeconds = context.clock.now()
      return {
        ...store,
        async restore(restored) {
          const now = context.clock.now()
          if (now >= sweptAt + sweepInterval) {
            sweptAt = now
            await store.sweep()
          }
          return restore(restored)
        },
      }
    },
  }
}
