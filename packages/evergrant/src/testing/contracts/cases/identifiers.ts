import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { sampleEnd, sampleEntry, sampleGrant, sampleLogin, sampleRotation } from "../samples.ts"

/** Texts that a language or a format of a database could read as something else. */
const odd = [
  "",
  "}{",
  "1:a",
  "a:b",
  "%_*?[",
  "\n\t\"'\\/",
  "'; DROP TABLE logins; --",
  "ä€😀",
  "__proto__",
  "null",
]

export const identifiers: readonly ContractCase[] = [
  storeCase("ids are any characters, and times keep their fractions", async ({ store, clock }) => {
    const now = clock.now() + 0.123_456
    for (const [i, text] of odd.entries()) {
      const login = sampleLogin(now, {
        loginId: text,
        user: text,
        createdAt: now + i * 0.000_001,
        expiresAt: 4_102_444_800.123_456,
        revision: 123_456_789_012_345,
      })
      const names = { provider: text, providerAccountId: text, issuer: text, clientId: text }
      const grant = sampleGrant(now, { ...names, sid: text, sub: text, generation: 9_007_199_254_740_000 })
      assert.equal(await store.createLogin(login, text, [grant]), "stored")
      const read = await readLive(store, text)
      assert.deepEqual(read, {
        ...login,
        status: "live",
        version: 1,
        grants: [{ ...grant, loginId: text, intent: null }],
        data: null,
      })
      const name = { issuer: text, clientId: text }
      for (const by of [{ user: text }, { ...name, sid: text }, { ...name, sub: text }]) {
        assert.deepEqual(await store.listLogins(by), [read])
      }
    }
  }),

  storeCase("a text that is not well-formed stops nothing that was asked for", async ({ store, clock }) => {
    const [broken, now] = ["half \ud83d", clock.now()]
    const login = sampleLogin(now, { user: broken })
    const grant = sampleGrant(now, { sid: broken, sub: broken, providerAccountId: broken })
    assert.equal(await store.createLogin(login, "handle", [grant]), "stored")
    const guard = { grant: { ...grant, loginId: "login" }, generation: 1, tokenHash: grant.tokenHash }
    assert.equal(await store.commitRefresh(guard, sampleRotation(now, { sid: broken }), now + 60), "stored")
    const link = { loginId: "login", grant, handleHash: "new", oldHandleUntil: now + 60 }
    assert.equal(await store.linkGrant(link), "stored")
    const { issuer, clientId } = grant
    const outbox = [sampleEntry(now, { kind: broken })]
    const ended = await store.endLogins(sampleEnd(now, { issuer, clientId, sid: broken }, { outbox }))
    assert.equal(ended.length, 1)
  }),

  storeCase("contents may be long", async ({ store, clock }) => {
    const long = "0123456789abcdef".repeat(1 << 14)
    const grant = sampleGrant(clock.now(), { sealedTokens: long, sealedClaims: long })
    await store.createLogin(sampleLogin(clock.now(), { sealedLogin: long }), "handle", [grant])
    await store.writeData("user", 0, long)
    const login = await readLive(store, "handle")
    assert.deepEqual([login.sealedLogin, login.data?.sealedData], [long, long])
    assert.equal(login.grants[0]?.sealedTokens, long)
  }),
]
