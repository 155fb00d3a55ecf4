import assert from "node:assert/strict"
import type { GrantStore, StoreContext } from "../../store/grant-store.ts"
import type { StoredLogin } from "../../store/records.ts"
import { type ManualClock, manualClock } from "../manual-clock.ts"

/** The store under test. */
export interface StoreSubject {
  /**
   * Opens a fresh, empty place. Called several times within one case, it must open the same place each time, as
   * several processes would: a store of the same database, with connections of its own.
   */
  open(context: StoreContext): Promise<GrantStore>
}

/** One named requirement, for any test runner: `run` rejects when the store does not meet it. */
export interface ContractCase {
  name: string
  run(subject: StoreSubject): Promise<void>
}

/** What a case works with. */
export interface StoreWorld {
  clock: ManualClock
  store: GrantStore
  /** Opens the same place once more, as another process does. */
  openAgain(): Promise<GrantStore>
  /** Opens the same place for another application. */
  openForOther(): Promise<GrantStore>
}

/** Makes a case of `body`, which gets an open store and a clock that stands still. */
export function storeCase(name: string, body: (world: StoreWorld) => Promise<void>): ContractCase {
  return {
    name,
    async run(subject) {
      const clock = manualClock()
      const opened: GrantStore[] = []
      async function open(namespace: string): Promise<GrantStore> {
        const store = await subject.open({ namespace, clock })
        opened.push(store)
        return store
      }
      try {
        await body({
          clock,
          store: await open("one"),
          openAgain: () => open("one"),
          openForOther: () => open("other"),
        })
      } finally {
        for (const store of opened) await store.close()
      }
    },
  }
}

/** Reads a login that must be live. */
export async function readLive(store: GrantStore, handleHash: string): Promise<StoredLogin> {
  const login = await store.readLogin(handleHash)
  assert.equal(login?.status, "live")
  return login
}
