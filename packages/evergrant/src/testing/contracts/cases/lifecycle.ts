import assert from "node:assert/strict"
import { isEvergrantError } from "../../../errors.ts"
import { recordChanges } from "../change-recorder.ts"
import { type ContractCase, storeCase } from "../contract-case.ts"

function isUnavailable(error: unknown): boolean {
  return isEvergrantError(error) && error.code === "store_unavailable"
}

export const lifecycle: readonly ContractCase[] = [
  storeCase("ping resolves while the store can serve", async ({ store }) => {
    await store.ping()
  }),

  storeCase("a closed store is unavailable: nobody is taken for signed out", async ({ store }) => {
    await store.close()
    await assert.rejects(store.readLogin("handle"), isUnavailable)
    await assert.rejects(store.writeData("user", 0, "data"), isUnavailable)
    await assert.rejects(store.ping(), isUnavailable)
  }),

  storeCase(
    "close may be called again, and silences the listeners of this store alone",
    async ({ store, openAgain }) => {
      const other = await openAgain()
      const [closed, open] = [recordChanges(store), recordChanges(other)]
      await store.close()
      await store.close()
      closed.stop()
      await other.writeData("user", 0, "data")
      await open.hears(1)
      assert.equal(closed.heard.length, 0)
    },
  ),

  storeCase("nobody can subscribe to a closed store", async ({ store }) => {
    store.subscribe(() => {})()
    await store.close()
    assert.throws(() => store.subscribe(() => {}), isUnavailable)
  }),
]
