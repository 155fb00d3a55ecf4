import assert from "node:assert/strict"
import { type ContractCase, storeCase } from "../contract-case.ts"
import { sampleEntry } from "../samples.ts"

export const outbox: readonly ContractCase[] = [
  storeCase(
    "claimOutbox returns an entry as it was enqueued, and counts the attempt",
    async ({ store, clock }) => {
      assert.deepEqual(await store.claimOutbox(10, 60), [])
      const entry = sampleEntry(clock.now(), { dueAt: clock.now() - 0.5, attempts: 3 })
      await store.enqueue(entry)
      assert.deepEqual(await store.claimOutbox(10, 60), [{ ...entry, attempts: 4 }])
    },
  ),

  storeCase("enqueue leaves an entry of the same id as it is", async ({ store, clock }) => {
    await store.enqueue(sampleEntry(clock.now()))
    await store.claimOutbox(10, 60)
    await store.enqueue(sampleEntry(clock.now(), { sealedPayload: "other" }))
    assert.deepEqual(await store.claimOutbox(10, 60), [])
    await clock.advance(60)
    const [claimed] = await store.claimOutbox(10, 60)
    assert.deepEqual([claimed?.sealedPayload, claimed?.attempts], ["sealed payload", 2])
  }),

  storeCase(
    "claimOutbox takes what is due, the longest due first, up to the limit",
    async ({ store, clock }) => {
      const now = clock.now()
      for (const [id, dueAt] of [
        ["a", now],
        ["b", now - 2],
        ["c", now - 1],
        ["d", now + 1],
      ] as const) {
        await store.enqueue(sampleEntry(now, { id, dueAt }))
      }
      assert.deepEqual(
        (await store.claimOutbox(2, 60)).map((entry) => entry.id),
        ["b", "c"],
      )
      assert.deepEqual(
        (await store.claimOutbox(2, 60)).map((entry) => entry.id),
        ["a"],
      )
      await clock.advance(1)
      assert.deepEqual(
        (await store.claimOutbox(2, 60)).map((entry) => entry.id),
        ["d"],
      )
    },
  ),

  storeCase(
    "a claimed entry is nobody else's until the hold is over",
    async ({ store, clock, openAgain }) => {
      const other = await openAgain()
      await store.enqueue(sampleEntry(clock.now()))
      const claims = await Promise.all([store.claimOutbox(1, 60), other.claimOutbox(1, 60)])
      assert.equal(claims.flat().length, 1)
      await clock.advance(59)
      assert.deepEqual(await other.claimOutbox(1, 60), [])
      await clock.advance(1)
      const [again] = await other.claimOutbox(1, 60)
      assert.equal(again?.attempts, 2)
    },
  ),

  storeCase("two claimants never get the same entry", async ({ store, clock, openAgain }) => {
    const other = await openAgain()
    for (let i = 0; i < 40; i++) await store.enqueue(sampleEntry(clock.now(), { id: String(i) }))
    const rounds = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? store : other).claimOutbox(3, 60))
    const ids = (await Promise.all(rounds)).flat().map((entry) => entry.id)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(ids.length, 40)
  }),

  storeCase("completeOutbox forgets an entry", async ({ store, clock }) => {
    await store.enqueue(sampleEntry(clock.now()))
    await store.claimOutbox(1, 60)
    await store.completeOutbox("entry")
    await store.completeOutbox("unknown")
    await clock.advance(60)
    assert.deepEqual(await store.claimOutbox(1, 60), [])
  }),

  storeCase(
    "postponeOutbox makes a claimed entry due at its time, not at the end of the hold",
    async ({ store, clock }) => {
      await store.enqueue(sampleEntry(clock.now()))
      await store.claimOutbox(1, 60)
      const dueAt = clock.now() + 10
      await store.postponeOutbox("entry", dueAt)
      await store.postponeOutbox("unknown", dueAt)
      await clock.advance(9)
      assert.deepEqual(await store.claimOutbox(1, 60), [])
      await clock.advance(1)
      assert.deepEqual(await store.claimOutbox(1, 60), [sampleEntry(dueAt - 10, { dueAt, attempts: 2 })])
    },
  ),

  storeCase("an expired entry is dropped undone", async ({ store, clock }) => {
    await store.enqueue(sampleEntry(clock.now()))
    await clock.advance(3600)
    assert.deepEqual(await store.claimOutbox(1, 60), [])
  }),
]
