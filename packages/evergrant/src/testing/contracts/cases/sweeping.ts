import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import {
  bySid,
  sampleEnd,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  sampleRotation,
  signIn,
} from "../samples.ts"

export const sweeping: readonly ContractCase[] = [
  storeCase("sweep leaves what is in force", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 3600)
    await store.endLogins(sampleEnd(clock.now(), { loginId: "over" }))
    await store.acquireLease("lease", "owner", 3600)
    await store.enqueue(sampleEntry(clock.now()))
    const before = await readLive(store, "handle")
    await clock.advance(3599)
    await store.sweep()
    assert.deepEqual(await readLive(store, "handle"), before)
    assert.equal((await store.findSpentToken("token-1"))?.generation, 2)
    assert.equal(await store.createLogin(sampleLogin(clock.now(), { loginId: "over" }), "over", []), "ended")
    assert.equal(await store.acquireLease("lease", "another", 1), false)
    assert.equal((await store.claimOutbox(1, 1)).length, 1)
  }),

  storeCase(
    "sweep leaves a login that ended readable as ended, while its tombstone is in force",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      await store.endLogins(sampleEnd(clock.now(), bySid))
      await clock.advance(7199)
      await store.sweep()
      assert.equal((await store.readLogin("handle"))?.status, "ended")
      assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", []), "ended")
    },
  ),

  storeCase(
    "sweep removes an expired login with its handles: id and handle are free again",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await clock.advance(3600)
      assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", []), "conflict")
      await store.sweep()
      assert.equal(await store.readLogin("handle"), undefined)
      assert.equal(await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60), "missing")
      assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", []), "stored")
      assert.deepEqual((await readLive(store, "handle")).grants, [])
    },
  ),

  storeCase("sweep removes tombstones, and then the handles that led to them", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), bySid))
    await clock.advance(7200)
    await store.sweep()
    const grant = sampleGrant(clock.now(), { firstIssuedAt: clock.now() - 9000 })
    assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", [grant]), "stored")
  }),

  storeCase("sweep removes old handles of a login that lives on", async ({ store, clock }) => {
    await signIn({ store, clock })
    const grant = sampleGrant(clock.now(), { provider: "second" })
    await store.linkGrant({ loginId: "login", grant, handleHash: "new", oldHandleUntil: clock.now() + 60 })
    await clock.advance(60)
    await store.sweep()
    await readLive(store, "new")
    assert.equal(
      await store.createLogin(sampleLogin(clock.now(), { loginId: "second" }), "handle", []),
      "stored",
    )
  }),

  storeCase("sweep removes expired outbox entries", async ({ store, clock }) => {
    await store.enqueue(sampleEntry(clock.now()))
    await clock.advance(3600)
    await store.sweep()
    await store.enqueue(sampleEntry(clock.now(), { kind: "fresh" }))
    assert.equal((await store.claimOutbox(1, 60))[0]?.kind, "fresh")
  }),

  storeCase(
    "sweep keeps a change for at least ten minutes, and never starts the feed again",
    async ({ store, clock }) => {
      await store.writeData("user", 0, "1")
      await store.writeData("user", 1, "2")
      await clock.advance(599)
      await store.sweep()
      assert.equal((await store.changesAfter(0, 100)).length, 2)
      await clock.advance(100_000)
      const latest = await store.latestChange()
      await store.sweep()
      assert.equal(await store.latestChange(), latest)
      await store.writeData("user", 2, "3")
      assert.ok((await store.latestChange()) > latest)
      assert.equal((await store.changesAfter(latest, 100)).length, 1)
    },
  ),

  storeCase("sweep meets a refresh under way without harm", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
    const commit = store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
    await Promise.all([store.sweep(), commit, store.sweep()])
    assert.equal(await commit, "stored")
    assert.equal((await readLive(store, "handle")).grants[0]?.generation, 2)
  }),
]
