import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import {
  bySid,
  bySub,
  clientId,
  issuer,
  sampleEnd,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  signIn,
} from "../samples.ts"

export const endingLogins: readonly ContractCase[] = [
  ...[{ loginId: "login" }, { user: "user" }, bySid, bySub].map((by) =>
    storeCase(
      `endLogins by ${Object.keys(by).at(-1)} returns the logins as they were, and ends them`,
      async ({ store, clock }) => {
        await store.writeData("user", 0, "sealed data")
        await signIn({ store, clock })
        const before = await readLive(store, "handle")
        const at = clock.now()
        assert.deepEqual(await store.endLogins(sampleEnd(at, by, { reason: "signed_out" })), [before])
        const ended = { status: "ended", loginId: "login", reason: "signed_out", at }
        assert.deepEqual(await store.readLogin("handle"), ended)
        assert.deepEqual(await store.listLogins(by), [])
        assert.equal((await store.readData("user"))?.sealedData, "sealed data")
      },
    ),
  ),

  storeCase("endLogins ends every match, oldest first, and nothing else", async ({ store, clock }) => {
    const now = clock.now()
    const logins: [id: string, sid: string, sub: string, createdAt: number][] = [
      ["b", "1", "sub", now],
      ["a", "2", "sub", now + 1],
      ["c", "3", "else", now],
    ]
    for (const [loginId, sid, sub, createdAt] of logins) {
      const grant = { sid, sub, firstIssuedAt: now }
      await signIn({ store, clock }, { login: { loginId, createdAt }, grant, handle: loginId })
    }
    const ended = await store.endLogins(sampleEnd(now, bySub))
    assert.deepEqual(
      ended.map((login) => login.loginId),
      ["b", "a"],
    )
    assert.equal((await store.readLogin("b"))?.status, "ended")
    await readLive(store, "c")
  }),

  storeCase("endLogins by sid or sub counts at its issuer and client alone", async ({ store, clock }) => {
    await signIn({ store, clock })
    for (const place of [
      { issuer: "https://else.example", clientId },
      { issuer, clientId: "else" },
    ]) {
      assert.deepEqual(await store.endLogins(sampleEnd(clock.now(), { ...place, sid: "sid" })), [])
      assert.deepEqual(await store.endLogins(sampleEnd(clock.now(), { ...place, sub: "sub" })), [])
    }
    await readLive(store, "handle")
  }),

  ...[bySid, bySub].map((by) =>
    storeCase(
      `endLogins by ${Object.keys(by).at(-1)} leaves alone whoever signed in again since`,
      async ({ store, clock }) => {
        const at = clock.now()
        await signIn(
          { store, clock },
          { login: { loginId: "old" }, grant: { firstIssuedAt: at }, handle: "old" },
        )
        await signIn(
          { store, clock },
          { login: { loginId: "new" }, grant: { firstIssuedAt: at + 1 }, handle: "new" },
        )
        const ended = await store.endLogins(sampleEnd(at, by))
        assert.deepEqual(
          ended.map((login) => login.loginId),
          ["old"],
        )
        await readLive(store, "new")
        assert.equal(await store.extendLogin("new", at + 5000), "stored")
      },
    ),
  ),

  ...[{ loginId: "login" }, { user: "user" }].map((by) =>
    storeCase(
      `endLogins by ${Object.keys(by)[0]} ends a login whatever the time of its grants`,
      async ({ store, clock }) => {
        await signIn({ store, clock }, { grant: { firstIssuedAt: clock.now() + 60 } })
        assert.equal((await store.endLogins(sampleEnd(clock.now(), by))).length, 1)
        assert.equal((await store.readLogin("handle"))?.status, "ended")
      },
    ),
  ),

  storeCase("endLogins ends a login that has no grants", async ({ store, clock }) => {
    await store.createLogin(sampleLogin(clock.now()), "handle", [])
    assert.equal((await store.endLogins(sampleEnd(clock.now(), { user: "user" }))).length, 1)
    assert.equal((await store.readLogin("handle"))?.status, "ended")
  }),

  storeCase("endLogins ends a login for one of its grants, with the others", async ({ store, clock }) => {
    const linked = sampleGrant(clock.now(), { provider: "second", sid: "2", sub: "2" })
    await store.createLogin(sampleLogin(clock.now()), "handle", [sampleGrant(clock.now()), linked])
    const ended = await store.endLogins(sampleEnd(clock.now(), bySid))
    assert.deepEqual(
      ended.map((login) => login.grants.length),
      [2],
    )
    assert.deepEqual(await store.listLogins({ issuer, clientId, sid: "2" }), [])
  }),

  storeCase("endLogins reaches every handle of a login", async ({ store, clock }) => {
    await signIn({ store, clock })
    const grant = sampleGrant(clock.now(), { provider: "second" })
    await store.linkGrant({ loginId: "login", grant, handleHash: "new", oldHandleUntil: clock.now() + 60 })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    assert.equal((await store.readLogin("handle"))?.status, "ended")
    assert.equal((await store.readLogin("new"))?.status, "ended")
  }),

  storeCase("a login ends once: the first reason stands", async ({ store, clock }) => {
    await signIn({ store, clock })
    const at = clock.now()
    await store.endLogins(
      sampleEnd(at, bySid, { reason: "provider_session_ended", tombstoneUntil: at + 100 }),
    )
    await clock.advance(10)
    const again = sampleEnd(
      clock.now(),
      { loginId: "login" },
      { reason: "signed_out", tombstoneUntil: at + 500 },
    )
    assert.deepEqual(await store.endLogins(again), [])
    await clock.advance(400)
    const ended = { status: "ended", loginId: "login", reason: "provider_session_ended", at }
    assert.deepEqual(await store.readLogin("handle"), ended)
  }),

  storeCase("a second end does not shorten the tombstone of the first", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }, { tombstoneUntil: clock.now() + 1 }))
    await clock.advance(7199)
    assert.equal((await store.readLogin("handle"))?.status, "ended")
  }),

  storeCase(
    "endLogins of an expired login returns nothing and leaves the tombstone",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      await clock.advance(3600)
      const end = sampleEnd(clock.now(), { loginId: "login" }, { reason: "signed_out" })
      assert.deepEqual(await store.endLogins(end), [])
      const read = await store.readLogin("handle")
      assert.equal(read?.status === "ended" && read.reason, "signed_out")
      assert.equal(await store.extendLogin("login", clock.now() + 60), "ended")
    },
  ),

  storeCase(
    "endLogins remembers the work it is given, also when no login matches",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      const [first, second] = ["1", "2"].map((id) => sampleEntry(clock.now(), { id }))
      assert.ok(first && second)
      await store.endLogins(sampleEnd(clock.now(), bySid, { outbox: [first] }))
      await store.endLogins(sampleEnd(clock.now(), { user: "nobody" }, { outbox: [first, second] }))
      const claimed = await store.claimOutbox(10, 60)
      assert.deepEqual(claimed, [
        { ...first, attempts: 1 },
        { ...second, attempts: 1 },
      ])
    },
  ),
]
