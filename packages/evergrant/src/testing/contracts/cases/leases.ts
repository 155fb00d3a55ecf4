import assert from "node:assert/strict"
import { type ContractCase, storeCase } from "../contract-case.ts"

export const leases: readonly ContractCase[] = [
  storeCase("a lease is one owner's at a time", async ({ store }) => {
    assert.equal(await store.acquireLease("lease", "first", 30), true)
    assert.equal(await store.acquireLease("lease", "second", 30), false)
    assert.equal(await store.acquireLease("another", "second", 30), true)
  }),

  storeCase("a lease that expired is free", async ({ store, clock }) => {
    await store.acquireLease("lease", "first", 30)
    await clock.advance(29)
    assert.equal(await store.acquireLease("lease", "second", 30), false)
    await clock.advance(1)
    assert.equal(await store.acquireLease("lease", "second", 30), true)
    assert.equal(await store.acquireLease("lease", "first", 30), false)
  }),

  storeCase("taking one's own lease again renews it", async ({ store, clock }) => {
    await store.acquireLease("lease", "first", 30)
    await clock.advance(20)
    assert.equal(await store.acquireLease("lease", "first", 30), true)
    await clock.advance(29)
    assert.equal(await store.acquireLease("lease", "second", 30), false)
  }),

  storeCase("renewLease extends a lease that is held", async ({ store, clock }) => {
    await store.acquireLease("lease", "first", 30)
    await clock.advance(20)
    assert.equal(await store.renewLease("lease", "first", 30), true)
    await clock.advance(29)
    assert.equal(await store.acquireLease("lease", "second", 30), false)
    await clock.advance(1)
    assert.equal(await store.acquireLease("lease", "second", 30), true)
  }),

  storeCase("renewLease tells that a lease was lost, even if nobody took it", async ({ store, clock }) => {
    assert.equal(await store.renewLease("lease", "first", 30), false)
    await store.acquireLease("lease", "first", 30)
    assert.equal(await store.renewLease("lease", "second", 30), false)
    await clock.advance(30)
    assert.equal(await store.renewLease("lease", "first", 30), false)
    await store.acquireLease("lease", "second", 30)
    assert.equal(await store.renewLease("lease", "first", 30), false)
    assert.equal(await store.renewLease("lease", "second", 30), true)
  }),

  storeCase("releaseLease frees one's own lease only", async ({ store }) => {
    await store.acquireLease("lease", "first", 30)
    await store.releaseLease("lease", "second")
    assert.equal(await store.acquireLease("lease", "second", 30), false)
    await store.releaseLease("lease", "first")
    assert.equal(await store.acquireLease("lease", "second", 30), true)
    await store.releaseLease("lease", "first")
    assert.equal(await store.acquireLease("lease", "first", 30), false)
    await store.releaseLease("unknown", "first")
  }),

  storeCase("a lease taken in one process is held in the other", async ({ store, openAgain }) => {
    const other = await openAgain()
    assert.equal(await store.acquireLease("lease", "first", 30), true)
    assert.equal(await other.acquireLease("lease", "second", 30), false)
    await store.releaseLease("lease", "first")
    assert.equal(await other.acquireLease("lease", "second", 30), true)
  }),
]
