import assert from "node:assert/strict"
import type { Change } from "../../../store/records.ts"
import { recordChanges } from "../change-recorder.ts"
import { type ContractCase, storeCase } from "../contract-case.ts"
import { bySid, sampleEnd, sampleGrant, sampleRotation, signIn } from "../samples.ts"

function withoutCursor({ cursor: _, ...change }: Change): Omit<Change, "cursor"> {
  return change
}

const updated = { kind: "login.updated", loginId: "login", user: "user", reason: null }

export const changes: readonly ContractCase[] = [
  storeCase("the feed begins at 0 and is empty", async ({ store }) => {
    assert.equal(await store.latestChange(), 0)
    assert.deepEqual(await store.changesAfter(0, 10), [])
  }),

  storeCase("every write that grows a version is a change", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
    await store.writeClaims(guard.grant, 2, "claims")
    await store.updateLogin({ loginId: "login", revision: 1, sealedLogin: "new" })
    const grant = sampleGrant(clock.now(), { provider: "second" })
    await store.linkGrant({ loginId: "login", grant, handleHash: "new", oldHandleUntil: clock.now() })
    const end = { reason: "grant_revoked", at: clock.now(), tombstoneUntil: clock.now() + 60 } as const
    await store.endGrant({ grant: { ...guard.grant, provider: "second" }, ...end })
    const feed = await store.changesAfter(0, 100)
    assert.deepEqual(feed.map(withoutCursor), Array(6).fill(updated))
    const [login] = await store.listLogins({ loginId: "login" })
    assert.equal(login?.version, 6)
  }),

  storeCase("the end of a login is a change with its reason, once", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await signIn({ store, clock }, { login: { loginId: "second" }, grant: { sid: "2" }, handle: "2" })
    const from = await store.latestChange()
    const end = { reason: "grant_revoked", at: clock.now(), tombstoneUntil: clock.now() + 60 } as const
    await store.endGrant({ grant: { ...guard.grant, loginId: "second" }, ...end })
    await store.endLogins(sampleEnd(clock.now(), bySid, { reason: "signed_out" }))
    await store.endLogins(sampleEnd(clock.now(), bySid))
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    assert.deepEqual((await store.changesAfter(from, 100)).map(withoutCursor), [
      { kind: "login.ended", loginId: "second", user: "user", reason: "grant_revoked" },
      { kind: "login.ended", loginId: "login", user: "user", reason: "signed_out" },
    ])
  }),

  storeCase("a write of data is a change of its user", async ({ store }) => {
    await store.writeData("user", 0, "data")
    await store.writeData("user", 0, "refused")
    assert.deepEqual((await store.changesAfter(0, 100)).map(withoutCursor), [
      { kind: "data.updated", loginId: null, user: "user", reason: null },
    ])
  }),

  storeCase(
    "what was refused, and what changes nothing that is read, is no change",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      const from = await store.latestChange()
      await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
      await store.cancelRefresh(guard, "owner")
      await store.extendLogin("login", clock.now() + 9999)
      await store.commitRefresh({ ...guard, generation: 7 }, sampleRotation(clock.now()), clock.now() + 60)
      await store.writeClaims(guard.grant, 7, "claims")
      await store.updateLogin({ loginId: "login", revision: 7, sealedLogin: "new" })
      await store.acquireLease("lease", "owner", 30)
      await store.endLogins(sampleEnd(clock.now(), { user: "nobody" }))
      assert.equal(await store.latestChange(), from)
    },
  ),

  storeCase(
    "changesAfter returns what came after a position, oldest first, up to the limit",
    async ({ store }) => {
      for (let version = 0; version < 5; version++) await store.writeData("user", version, "data")
      const all = await store.changesAfter(0, 100)
      const cursors = all.map((change) => change.cursor)
      assert.deepEqual(
        cursors,
        [...cursors].sort((a, b) => a - b),
      )
      assert.equal(new Set(cursors).size, 5)
      assert.equal(await store.latestChange(), cursors.at(-1))
      assert.deepEqual(await store.changesAfter(cursors[1] ?? 0, 2), all.slice(2, 4))
      assert.deepEqual(await store.changesAfter(cursors[4] ?? 0, 100), [])
    },
  ),

  storeCase(
    "subscribe tells of changes from now on, in order, as changesAfter lists them",
    async ({ store, clock }) => {
      await store.writeData("user", 0, "before")
      const recorder = recordChanges(store)
      const from = await store.latestChange()
      await signIn({ store, clock })
      await store.writeData("user", 1, "after")
      await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
      assert.deepEqual(await recorder.hears(3), await store.changesAfter(from, 100))
    },
  ),

  storeCase("subscribe tells of what another process changed", async ({ store, clock, openAgain }) => {
    const other = await openAgain()
    const [here, there] = [recordChanges(store), recordChanges(other)]
    await signIn({ store: other, clock })
    await store.writeData("user", 0, "data")
    await other.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    const feed = await store.changesAfter(0, 100)
    assert.deepEqual(
      feed.map((change) => change.kind),
      ["login.updated", "data.updated", "login.ended"],
    )
    assert.deepEqual(await here.hears(3), feed)
    assert.deepEqual(await there.hears(3), feed)
  }),

  storeCase("a later subscriber does not hear what came before it", async ({ store, openAgain }) => {
    const other = await openAgain()
    const early = recordChanges(store)
    await other.writeData("user", 0, "1")
    const late = recordChanges(store)
    await other.writeData("user", 1, "2")
    assert.equal((await early.hears(2)).length, 2)
    assert.deepEqual(await late.hears(1), early.heard.slice(1))
  }),

  storeCase("subscribe is over when it is stopped", async ({ store }) => {
    const [stopped, twice, kept] = [recordChanges(store), recordChanges(store), recordChanges(store)]
    await store.writeData("user", 0, "1")
    await Promise.all([stopped.hears(1), twice.hears(1), kept.hears(1)])
    stopped.stop()
    twice.stop()
    twice.stop()
    await store.writeData("user", 1, "2")
    await kept.hears(2)
    assert.deepEqual([stopped.heard.length, twice.heard.length], [1, 1])
    kept.stop()
    await store.writeData("user", 2, "3")
    const again = recordChanges(store)
    await store.writeData("user", 3, "4")
    await again.hears(1)
    assert.deepEqual([kept.heard.length, again.heard.length], [2, 1])
  }),

  storeCase("a listener that throws harms neither the write nor the other listeners", async ({ store }) => {
    store.subscribe(() => {
      throw new Error("listener")
    })
    const recorder = recordChanges(store)
    assert.equal(await store.writeData("user", 0, "1"), "stored")
    assert.equal(await store.writeData("user", 1, "2"), "stored")
    assert.equal((await recorder.hears(2)).length, 2)
  }),

  storeCase("a listener that writes disturbs nobody's order", async ({ store }) => {
    const writes: Promise<unknown>[] = []
    store.subscribe((change) => {
      // Each echo is of a user of its own: two calls that nobody awaits may be carried out in either order.
      if (change.user === "user") writes.push(store.writeData(`echo ${writes.length}`, 0, "echo"))
    })
    const recorder = recordChanges(store)
    await store.writeData("user", 0, "1")
    await store.writeData("user", 1, "2")
    const heard = await recorder.hears(4)
    assert.deepEqual(heard, await store.changesAfter(0, 100))
    await Promise.all(writes)
  }),
]
