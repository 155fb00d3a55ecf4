import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { sampleEnd, sampleRotation, signIn } from "../samples.ts"

export const refreshing: readonly ContractCase[] = [
  storeCase(
    "beginRefresh leaves a note, without growing the version or telling anybody",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      const changes = await store.latestChange()
      assert.equal(await store.beginRefresh(guard, { owner: "owner", at: clock.now() }), "stored")
      const { version, grants } = await readLive(store, "handle")
      assert.equal(version, 1)
      assert.equal(grants[0]?.intent?.owner, "owner")
      assert.equal(await store.latestChange(), changes)
    },
  ),

  storeCase("beginRefresh takes over the note of another", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.beginRefresh(guard, { owner: "first", at: clock.now() })
    await clock.advance(1)
    assert.equal(await store.beginRefresh(guard, { owner: "second", at: clock.now() }), "stored")
    const { grants } = await readLive(store, "handle")
    assert.deepEqual(grants[0]?.intent, { tokenHash: "token-1", owner: "second", at: clock.now() })
  }),

  storeCase("beginRefresh takes over only the note that its caller has read", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    const note = (owner: string, instead: string | null) =>
      store.beginRefresh(guard, { owner, at: clock.now(), instead })
    assert.equal(await note("first", "nobody who was there"), "conflict")
    assert.equal(await note("first", null), "stored")
    assert.equal(await note("second", null), "conflict")
    assert.equal((await readLive(store, "handle")).grants[0]?.intent?.owner, "first")
    assert.equal(await note("second", "first"), "stored")
    assert.equal((await readLive(store, "handle")).grants[0]?.intent?.owner, "second")
    await store.cancelRefresh(guard, "second")
    assert.equal(await note("third", "second"), "conflict")
    assert.equal(await note("third", null), "stored")
  }),

  storeCase("beginRefresh compares generation and refresh token", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    const intent = { owner: "owner", at: clock.now() }
    assert.equal(await store.beginRefresh({ ...guard, generation: 2 }, intent), "conflict")
    assert.equal(await store.beginRefresh({ ...guard, tokenHash: "token-2" }, intent), "conflict")
    assert.equal((await readLive(store, "handle")).grants[0]?.intent, null)
  }),

  storeCase("beginRefresh needs a live login that has the grant", async ({ store, clock }) => {
    const intent = { owner: "owner", at: clock.now() }
    const guard = await signIn({ store, clock })
    for (const other of [{ loginId: "x" }, { provider: "x" }, { providerAccountId: "x" }]) {
      assert.equal(
        await store.beginRefresh({ ...guard, grant: { ...guard.grant, ...other } }, intent),
        "missing",
      )
    }
    await clock.advance(3600)
    assert.equal(await store.beginRefresh(guard, intent), "ended")
  }),

  storeCase("beginRefresh is refused once the login has ended", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    assert.equal(await store.beginRefresh(guard, { owner: "owner", at: clock.now() }), "ended")
  }),

  storeCase("cancelRefresh removes its owner's note", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
    await store.cancelRefresh(guard, "owner")
    const { grants, version } = await readLive(store, "handle")
    assert.equal(grants[0]?.intent, null)
    assert.equal(version, 1)
  }),

  storeCase(
    "cancelRefresh leaves the note of another, and that of a later token",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
      await store.cancelRefresh(guard, "somebody else")
      assert.equal((await readLive(store, "handle")).grants[0]?.intent?.owner, "owner")
      await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
      const later = { ...guard, generation: 2, tokenHash: "token-2" }
      await store.beginRefresh(later, { owner: "owner", at: clock.now() })
      await store.cancelRefresh(guard, "owner")
      assert.equal((await readLive(store, "handle")).grants[0]?.intent?.tokenHash, "token-2")
    },
  ),

  storeCase("cancelRefresh of what is not there does nothing", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.cancelRefresh(guard, "owner")
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    await store.cancelRefresh(guard, "owner")
    await store.cancelRefresh({ ...guard, grant: { ...guard.grant, loginId: "x" } }, "owner")
    assert.equal((await store.readLogin("handle"))?.status, "ended")
  }),
]
