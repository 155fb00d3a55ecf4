/** A real store that can be made to fail, and tells what was asked of it. */
import { StoreError } from "../../../src/errors.ts"
import type { GrantStore, StoreDriver } from "../../../src/store/grant-store.ts"

export interface BreakableStore {
  driver: StoreDriver
  /** Names of the methods that were called, failed calls included. */
  calls: string[]
  /** From now on these methods fail; without names, all of them. `after` calls of each still succeed. */
  fail(names?: readonly (keyof GrantStore)[], after?: number): void
  heal(): void
}

/** Wraps a store. */
export function breakableStore(real: StoreDriver): BreakableStore {
  const calls: string[] = []
  let broken: ((name: string) => boolean) | undefined

  const guard = (store: GrantStore): GrantStore =>
    new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== "function" || typeof name !== "string") return member
        return async (...given: unknown[]) => {
          calls.push(name)
          if (broken?.(name)) throw new StoreError("store_unavailable", "The store does not answer.")
          return Reflect.apply(member, target, given)
        }
      },
    })

  return {
    driver: {
      kind: `breakable ${real.kind}`,
      location: real.location,
      open: async (context) => guard(await real.open(context)),
    },
    calls,
    fail(names, after = 0) {
      const left = new Map(names?.map((name) => [String(name), after]))
      broken = (name) => {
        if (!names) return true
        const count = left.get(name)
        if (count === undefined) return false
        left.set(name, count - 1)
        return count <= 0
      }
    },
    heal() {
      broken = undefined
    },
  }
}
