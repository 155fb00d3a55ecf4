import assert from "node:assert/strict"
import { type ContractCase, readLive, type StoreWorld, storeCase } from "../contract-case.ts"
import { bySid, guardOf, sampleEnd, sampleGrant, sampleRotation, signIn } from "../samples.ts"

function linkOf({ clock }: Pick<StoreWorld, "clock">, fields: Partial<ReturnType<typeof sampleGrant>> = {}) {
  const grant = sampleGrant(clock.now(), {
    provider: "second",
    sid: "else",
    sub: "else",
    tokenHash: "else",
    ...fields,
  })
  return { loginId: "login", grant, handleHash: "new", oldHandleUntil: clock.now() + 60 }
}

export const linkingGrants: readonly ContractCase[] = [
  storeCase(
    "linkGrant adds a grant after those that are there, and grows the version",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      assert.equal(await store.linkGrant(linkOf({ clock })), "stored")
      const login = await readLive(store, "new")
      assert.deepEqual(
        login.grants.map((grant) => grant.provider),
        ["oidc", "second"],
      )
      assert.equal(login.version, 2)
      assert.equal(login.loginId, "login")
    },
  ),

  storeCase(
    "linkGrant replaces the grant of the same account, with its note of a refresh",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await store.linkGrant(linkOf({ clock }))
      await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
      const grant = sampleGrant(clock.now(), {
        tokenHash: "token-9",
        generation: 5,
        sid: "sid-9",
        sealedTokens: "9",
      })
      assert.equal(await store.linkGrant({ ...linkOf({ clock }), grant, handleHash: "newer" }), "stored")
      const { grants } = await readLive(store, "newer")
      assert.deepEqual(grants[0], { ...grant, loginId: "login", intent: null })
      assert.deepEqual(
        grants.map((each) => each.provider),
        ["oidc", "second"],
      )
      assert.equal(
        await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60),
        "conflict",
      )
      assert.deepEqual(await store.listLogins(bySid), [])
    },
  ),

  storeCase("linkGrant keeps the old handle leading to the login for a while", async ({ store, clock }) => {
    await signIn({ store, clock })
    const until = clock.now() + 60
    await store.linkGrant(linkOf({ clock }))
    await clock.advance(59)
    const old = await readLive(store, "handle")
    assert.equal(old.grants.length, 2)
    assert.equal(old.oldHandleUntil, until)
    assert.equal((await readLive(store, "new")).oldHandleUntil, undefined)
    await clock.advance(1)
    assert.equal(await store.readLogin("handle"), undefined)
    await readLive(store, "new")
  }),

  storeCase(
    "linkGrant does not lengthen the life of a handle that was left before",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      await store.linkGrant(linkOf({ clock }))
      await clock.advance(30)
      await store.linkGrant({ ...linkOf({ clock }), handleHash: "newer" })
      await clock.advance(30)
      assert.equal(await store.readLogin("handle"), undefined)
      await readLive(store, "new")
      await readLive(store, "newer")
    },
  ),

  storeCase("linkGrant may keep the handle that the login has", async ({ store, clock }) => {
    await signIn({ store, clock })
    assert.equal(await store.linkGrant({ ...linkOf({ clock }), handleHash: "handle" }), "stored")
    await clock.advance(120)
    await readLive(store, "handle")
  }),

  storeCase("linkGrant refuses a handle that leads to another login", async ({ store, clock }) => {
    await signIn({ store, clock })
    await signIn({ store, clock }, { login: { loginId: "other" }, handle: "new" })
    assert.equal(await store.linkGrant(linkOf({ clock })), "conflict")
    assert.equal((await readLive(store, "new")).loginId, "other")
    assert.equal((await readLive(store, "handle")).grants.length, 1)
  }),

  storeCase("linkGrant needs a login that is live", async ({ store, clock }) => {
    assert.equal(await store.linkGrant(linkOf({ clock })), "missing")
    await signIn({ store, clock })
    await clock.advance(3600)
    assert.equal(await store.linkGrant(linkOf({ clock })), "ended")
  }),

  storeCase("linkGrant does not bring back a login that ended", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    assert.equal(await store.linkGrant(linkOf({ clock })), "ended")
    assert.equal(await store.readLogin("new"), undefined)
    assert.equal((await store.readLogin("handle"))?.status, "ended")
  }),

  storeCase(
    "linkGrant refuses a grant whose sid or sub has ended since it was issued",
    async ({ store, clock }) => {
      await signIn({ store, clock }, { grant: { provider: "first", sid: "1", sub: "1" } })
      const { issuer, clientId } = sampleGrant(clock.now())
      await store.endLogins(sampleEnd(clock.now(), { issuer, clientId, sid: "else" }))
      assert.equal(await store.linkGrant(linkOf({ clock })), "ended")
      assert.equal((await readLive(store, "handle")).grants.length, 1)
      assert.equal(await store.linkGrant(linkOf({ clock }, { firstIssuedAt: clock.now() + 1 })), "stored")
    },
  ),

  storeCase("a linked grant is refreshed and found by its own sid", async ({ store, clock }) => {
    await signIn({ store, clock })
    const link = linkOf({ clock })
    await store.linkGrant(link)
    const rotation = sampleRotation(clock.now(), { tokenHash: "else-2" })
    assert.equal(await store.commitRefresh(guardOf(link.grant), rotation, clock.now() + 60), "stored")
    const { grants } = await readLive(store, "new")
    assert.deepEqual(
      grants.map((grant) => [grant.provider, grant.generation]),
      [
        ["oidc", 1],
        ["second", 2],
      ],
    )
    const { issuer, clientId, sid } = link.grant
    assert.equal((await store.listLogins({ issuer, clientId, sid: String(sid) })).length, 1)
  }),
]
