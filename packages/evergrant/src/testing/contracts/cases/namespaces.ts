import assert from "node:assert/strict"
import { recordChanges } from "../change-recorder.ts"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { bySid, bySub, sampleEnd, sampleEntry, sampleRotation, signIn } from "../samples.ts"

export const namespaces: readonly ContractCase[] = [
  storeCase("what one process stores, another reads", async ({ store, clock, openAgain }) => {
    const other = await openAgain()
    const guard = await signIn({ store, clock })
    await readLive(other, "handle")
    assert.equal(await other.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60), "stored")
    assert.equal((await readLive(store, "handle")).grants[0]?.generation, 2)
    await other.endLogins(sampleEnd(clock.now(), bySid))
    assert.equal((await store.readLogin("handle"))?.status, "ended")
  }),

  storeCase("what is stored outlives the store that stored it", async ({ store, clock, openAgain }) => {
    const other = await openAgain()
    await signIn({ store, clock })
    await store.close()
    await readLive(other, "handle")
  }),

  storeCase(
    "two applications may use the same ids, handles, leases and entries",
    async ({ store, clock, openForOther }) => {
      const other = await openForOther()
      await signIn({ store, clock })
      assert.equal(await other.readLogin("handle"), undefined)
      const guard = await signIn({ store: other, clock }, { login: { sealedLogin: "other's" } })
      assert.equal((await readLive(store, "handle")).sealedLogin, "sealed login")
      assert.equal((await readLive(other, "handle")).sealedLogin, "other's")
      assert.equal(await other.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60), "stored")
      assert.equal((await readLive(store, "handle")).grants[0]?.generation, 1)
      assert.equal(await store.findSpentToken("token-1"), undefined)
      assert.equal(await store.acquireLease("lease", "a", 30), true)
      assert.equal(await other.acquireLease("lease", "b", 30), true)
      assert.equal(await store.writeData("user", 0, "one's"), "stored")
      assert.equal(await other.readData("user"), undefined)
      await store.enqueue(sampleEntry(clock.now()))
      assert.deepEqual(await other.claimOutbox(1, 60), [])
      await other.completeOutbox("entry")
      assert.equal((await store.claimOutbox(1, 60)).length, 1)
    },
  ),

  storeCase(
    "two applications that share a sid do not end each other's logins",
    async ({ store, clock, openForOther }) => {
      const other = await openForOther()
      await signIn({ store, clock })
      await signIn({ store: other, clock })
      for (const by of [bySid, bySub, { user: "user" }, { loginId: "login" }]) {
        await store.endLogins(sampleEnd(clock.now(), by))
      }
      await readLive(other, "handle")
      assert.equal((await other.listLogins(bySid)).length, 1)
      await signIn({ store: other, clock }, { login: { loginId: "second" }, handle: "second" })
    },
  ),

  storeCase("the feed of one application is silent about the other", async ({ store, openForOther }) => {
    const other = await openForOther()
    const recorder = recordChanges(store)
    await other.writeData("user", 0, "other's")
    await other.writeData("user", 1, "other's")
    assert.equal(await store.latestChange(), 0)
    await store.writeData("user", 0, "one's")
    assert.deepEqual(await recorder.hears(1), await store.changesAfter(0, 100))
    assert.equal(recorder.heard.length, 1)
    assert.equal((await other.changesAfter(0, 100)).length, 2)
  }),

  storeCase(
    "a sweep of one application leaves the other's records",
    async ({ store, clock, openForOther }) => {
      const other = await openForOther()
      await signIn({ store: other, clock })
      await clock.advance(3600)
      await store.sweep()
      assert.equal((await other.readLogin("handle"))?.status, "ended")
    },
  ),
]
