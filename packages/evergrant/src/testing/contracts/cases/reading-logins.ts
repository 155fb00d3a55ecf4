import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { bySid, bySub, clientId, issuer, sampleEnd, sampleGrant, sampleLogin, signIn } from "../samples.ts"

export const readingLogins: readonly ContractCase[] = [
  storeCase("readLogin finds nothing under an unknown handle", async ({ store }) => {
    assert.equal(await store.readLogin("handle"), undefined)
  }),

  storeCase(
    "readLogin returns the login, its grants and its user's data as they were written",
    async ({ store, clock }) => {
      const login = sampleLogin(clock.now(), { createdAt: clock.now() - 0.25 })
      const first = sampleGrant(clock.now())
      const second = sampleGrant(clock.now(), {
        provider: "a-second",
        sid: null,
        sessionExpiresAt: null,
        tokenHash: "b",
      })
      await store.writeData("user", 0, "sealed data")
      await store.createLogin(login, "handle", [first, second])
      assert.deepEqual(await store.readLogin("handle"), {
        ...login,
        status: "live",
        version: 1,
        grants: [
          { ...first, loginId: "login", intent: null },
          { ...second, loginId: "login", intent: null },
        ],
        data: { user: "user", version: 1, sealedData: "sealed data" },
      })
    },
  ),

  storeCase("readLogin returns a login without grants and data", async ({ store, clock }) => {
    await store.createLogin(sampleLogin(clock.now()), "handle", [])
    const { grants, data } = await readLive(store, "handle")
    assert.deepEqual({ grants, data }, { grants: [], data: null })
  }),

  storeCase("readLogin shows the note of a refresh under way", async ({ store, clock }) => {
    const guard = await signIn({ store, clock })
    await store.beginRefresh(guard, { owner: "owner", at: clock.now() })
    const { grants } = await readLive(store, "handle")
    assert.deepEqual(grants[0]?.intent, { tokenHash: "token-1", owner: "owner", at: clock.now() })
  }),

  storeCase(
    "readLogin tells why and when a login ended, until its tombstone expires",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      const at = clock.now()
      await store.endLogins(sampleEnd(at, { loginId: "login" }, { reason: "signed_out" }))
      await clock.advance(7199)
      const ended = { status: "ended", loginId: "login", reason: "signed_out", at }
      assert.deepEqual(await store.readLogin("handle"), ended)
      await clock.advance(1)
      assert.equal(await store.readLogin("handle"), undefined)
    },
  ),

  storeCase("readLogin serves an expired login no more", async ({ store, clock }) => {
    await signIn({ store, clock })
    await clock.advance(3599)
    await readLive(store, "handle")
    await clock.advance(1)
    const ended = { status: "ended", loginId: "login", reason: "session_expired", at: clock.now() }
    assert.deepEqual(await store.readLogin("handle"), ended)
  }),

  storeCase("a record handed out is a copy", async ({ store, clock }) => {
    const login = sampleLogin(clock.now())
    const grant = sampleGrant(clock.now())
    await store.createLogin(login, "handle", [grant])
    login.sealedLogin = grant.sealedTokens = "changed by the writer"
    const read = await readLive(store, "handle")
    read.user = "changed by the reader"
    for (const each of read.grants) each.tokenHash = "changed by the reader"
    const again = await readLive(store, "handle")
    assert.equal(again.sealedLogin, "sealed login")
    assert.equal(again.user, "user")
    assert.equal(again.grants[0]?.sealedTokens, "sealed tokens 1")
    assert.equal(again.grants[0]?.tokenHash, "token-1")
  }),

  storeCase("text is kept as it is, whatever it holds", async ({ store, clock }) => {
    const text = `'; DROP TABLE logins; -- "\\ %_*:{}\n\t üñî 🔑`
    await signIn(
      { store, clock },
      { login: { loginId: text, user: text, sealedLogin: text }, grant: { sub: text }, handle: text },
    )
    await store.writeData(text, 0, text)
    const login = await readLive(store, text)
    assert.deepEqual(
      [login.loginId, login.user, login.sealedLogin, login.grants[0]?.sub],
      [text, text, text, text],
    )
    assert.equal(login.data?.sealedData, text)
    assert.equal((await store.listLogins({ issuer, clientId, sub: text })).length, 1)
  }),

  storeCase("listLogins selects by login, user, sid and sub, oldest first", async ({ store, clock }) => {
    const now = clock.now()
    await signIn({ store, clock }, { login: { loginId: "b", createdAt: now }, handle: "b" })
    await signIn(
      { store, clock },
      { login: { loginId: "a", createdAt: now + 1 }, grant: { sid: "2" }, handle: "a" },
    )
    await signIn(
      { store, clock },
      { login: { loginId: "c", user: "other" }, grant: { sid: "3", sub: "3" }, handle: "c" },
    )
    const ids = async (by: Parameters<typeof store.listLogins>[0]): Promise<string[]> =>
      (await store.listLogins(by)).map((login) => login.loginId)
    assert.deepEqual(await ids({ loginId: "a" }), ["a"])
    assert.deepEqual(await ids({ user: "user" }), ["b", "a"])
    assert.deepEqual(await ids(bySid), ["b"])
    assert.deepEqual(await ids(bySub), ["b", "a"])
    assert.deepEqual(await ids({ loginId: "d" }), [])
    assert.deepEqual(await ids({ user: "d" }), [])
    assert.deepEqual(await ids({ issuer: "https://else.example", clientId, sub: "sub" }), [])
    assert.deepEqual(await ids({ issuer, clientId: "else", sid: "sid" }), [])
  }),

  storeCase("listLogins returns what readLogin returns", async ({ store, clock }) => {
    await store.writeData("user", 0, "sealed data")
    await signIn({ store, clock })
    assert.deepEqual(await store.listLogins(bySub), [await store.readLogin("handle")])
  }),

  storeCase("listLogins lists a login once, however many of its grants match", async ({ store, clock }) => {
    const grants = ["1", "2"].map((account) =>
      sampleGrant(clock.now(), { providerAccountId: account, tokenHash: account }),
    )
    await store.createLogin(sampleLogin(clock.now()), "handle", grants)
    assert.equal((await store.listLogins(bySid)).length, 1)
  }),

  storeCase("listLogins leaves out ended and expired logins", async ({ store, clock }) => {
    await signIn({ store, clock }, { login: { loginId: "ended" }, grant: { sid: "else" }, handle: "1" })
    await signIn({ store, clock }, { login: { loginId: "expired", expiresAt: clock.now() + 1 }, handle: "2" })
    await signIn({ store, clock }, { login: { loginId: "live" }, handle: "3" })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "ended" }))
    await clock.advance(1)
    assert.deepEqual(
      (await store.listLogins({ user: "user" })).map((login) => login.loginId),
      ["live"],
    )
    assert.deepEqual(
      (await store.listLogins(bySub)).map((login) => login.loginId),
      ["live"],
    )
  }),
]
