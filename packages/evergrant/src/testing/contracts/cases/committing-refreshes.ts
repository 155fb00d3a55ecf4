import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { bySid, bySub, clientId, issuer, sampleEnd, sampleRotation, signIn } from "../samples.ts"

export const committingRefreshes: readonly ContractCase[] = [
  storeCase(
    "commitRefresh replaces the tokens, grows generation and version, removes the note",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
      const before = await readLive(store, "handle")
      await clock.advance(10)
      const rotation = sampleRotation(clock.now(), { sessionExpiresAt: null })
      assert.equal(await store.commitRefresh(guard, rotation, clock.now() + 60), "stored")
      const after = await readLive(store, "handle")
      assert.equal(after.version, before.version + 1)
      assert.deepEqual(after.grants, [{ ...before.grants[0], ...rotation, generation: 2, intent: null }])
    },
  ),

  storeCase(
    "commitRefresh keeps the sid when none is given, and else moves the grant to the new one",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
      assert.equal((await store.listLogins(bySid)).length, 1)
      const later = { ...guard, generation: 2, tokenHash: "token-2" }
      const moved = sampleRotation(clock.now(), { tokenHash: "token-3", sid: "moved" })
      assert.equal(await store.commitRefresh(later, moved, clock.now() + 60), "stored")
      assert.deepEqual(await store.listLogins(bySid), [])
      assert.equal((await store.listLogins({ issuer, clientId, sid: "moved" })).length, 1)
    },
  ),

  storeCase(
    "commitRefresh compares the generation, the refresh token, and both",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      const rotation = sampleRotation(clock.now())
      for (const wrong of [
        { generation: 2 },
        { generation: 0 },
        { tokenHash: "x" },
        { generation: 2, tokenHash: "x" },
      ]) {
        assert.equal(
          await store.commitRefresh({ ...guard, ...wrong }, rotation, clock.now() + 60),
          "conflict",
        )
      }
      const { version, grants } = await readLive(store, "handle")
      assert.deepEqual([version, grants[0]?.generation, grants[0]?.tokenHash], [1, 1, "token-1"])
      assert.equal(await store.findSpentToken("x"), undefined)
    },
  ),

  storeCase("commitRefresh is done once", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    const rotation = sampleRotation(clock.now())
    assert.equal(await store.commitRefresh(guard, rotation, clock.now() + 60), "stored")
    assert.equal(await store.commitRefresh(guard, rotation, clock.now() + 60), "conflict")
    assert.equal((await readLive(store, "handle")).grants[0]?.generation, 2)
  }),

  storeCase(
    "commitRefresh is done once also when the provider keeps the refresh token",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      const same = sampleRotation(clock.now(), { tokenHash: guard.tokenHash })
      assert.equal(await store.commitRefresh(guard, same, clock.now() + 60), "stored")
      assert.equal(await store.commitRefresh(guard, same, clock.now() + 60), "conflict")
      assert.equal(await store.findSpentToken(guard.tokenHash), undefined)
    },
  ),

  storeCase("commitRefresh needs no note: the refresh token decides", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.beginRefresh(guard, { owner: "somebody else", at: clock.now() })
    assert.equal(await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60), "stored")
    assert.equal((await readLive(store, "handle")).grants[0]?.intent, null)
  }),

  storeCase("commitRefresh needs a live login that has the grant", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    const rotation = sampleRotation(clock.now())
    for (const other of [{ loginId: "x" }, { provider: "x" }, { providerAccountId: "x" }]) {
      const elsewhere = { ...guard, grant: { ...guard.grant, ...other } }
      assert.equal(await store.commitRefresh(elsewhere, rotation, clock.now() + 60), "missing")
    }
    await clock.advance(3600)
    assert.equal(await store.commitRefresh(guard, rotation, clock.now() + 60), "ended")
  }),

  ...[{ loginId: "login" }, { user: "user" }, bySid, bySub].map((by) =>
    storeCase(
      `commitRefresh stores nothing after the login was ended by ${Object.keys(by).at(-1)}`,
      async ({ store, clock }) => {
        const guard = await signIn({ store, clock })
        await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
        await store.endLogins(sampleEnd(clock.now(), by))
        assert.equal(await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60), "ended")
        assert.equal((await store.readLogin("handle"))?.status, "ended")
        assert.equal(await store.findSpentToken("token-1"), undefined)
        await clock.advance(7200)
        assert.equal(
          await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60),
          "missing",
        )
        assert.deepEqual(await store.listLogins({ loginId: "login" }), [])
      },
    ),
  ),

  storeCase("commitRefresh does not move a grant to a sid that has ended", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), { issuer, clientId, sid: "moved" }))
    const moved = sampleRotation(clock.now(), { sid: "moved" })
    assert.equal(await store.commitRefresh(guard, moved, clock.now() + 60), "ended")
    assert.equal((await readLive(store, "handle")).grants[0]?.generation, 1)
  }),

  storeCase(
    "findSpentToken leads from a spent refresh token to what replaced it, for a while",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      assert.equal(await store.findSpentToken("token-1"), undefined)
      await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
      await clock.advance(59)
      assert.deepEqual(await store.findSpentToken("token-1"), { ...guard.grant, generation: 2 })
      assert.equal(await store.findSpentToken("token-2"), undefined)
      await clock.advance(1)
      assert.equal(await store.findSpentToken("token-1"), undefined)
    },
  ),

  storeCase("findSpentToken remembers each of several rotations", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    for (const generation of [1, 2, 3]) {
      const current = { ...guard, generation, tokenHash: `token-${generation}` }
      const rotation = sampleRotation(clock.now(), { tokenHash: `token-${generation + 1}` })
      assert.equal(await store.commitRefresh(current, rotation, clock.now() + 60), "stored")
    }
    const found = await Promise.all(
      ["token-1", "token-2", "token-3"].map((hash) => store.findSpentToken(hash)),
    )
    assert.deepEqual(
      found.map((spent) => spent?.generation),
      [2, 3, 4],
    )
  }),

  storeCase(
    "writeClaims replaces the claims and grows the version, not the generation",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      assert.equal(await store.writeClaims(guard.grant, 1, "newer claims"), "stored")
      const { version, grants } = await readLive(store, "handle")
      assert.deepEqual([version, grants[0]?.generation, grants[0]?.sealedClaims], [2, 1, "newer claims"])
      assert.equal(grants[0]?.sealedTokens, "sealed tokens 1")
    },
  ),

  storeCase("writeClaims refuses claims of another generation", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
    for (const generation of [1, 3]) {
      assert.equal(await store.writeClaims(guard.grant, generation, "stale"), "conflict")
    }
    assert.equal((await readLive(store, "handle")).grants[0]?.sealedClaims, "sealed claims 2")
  }),

  storeCase("writeClaims needs a live login that has the grant", async ({ store, clock }) => {
    const { grant } = await signIn({ store, clock })
    assert.equal(await store.writeClaims({ ...grant, loginId: "x" }, 1, "claims"), "missing")
    assert.equal(await store.writeClaims({ ...grant, providerAccountId: "x" }, 1, "claims"), "missing")
    await store.endLogins(sampleEnd(clock.now(), bySub))
    assert.equal(await store.writeClaims(grant, 1, "claims"), "ended")
    await signIn(
      { store, clock },
      { login: { loginId: "second" }, grant: { sub: "second", sid: "second" }, handle: "second" },
    )
    await clock.advance(3600)
    assert.equal(await store.writeClaims({ ...grant, loginId: "second" }, 1, "claims"), "ended")
  }),
]
