import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { bySid, bySub, clientId, issuer, sampleEnd, sampleGrant, sampleLogin, signIn } from "../samples.ts"

export const creatingLogins: readonly ContractCase[] = [
  storeCase("createLogin refuses an id that is taken, and keeps what is there", async ({ store, clock }) => {
    await signIn({ store, clock })
    const again = sampleLogin(clock.now(), { sealedLogin: "intruder" })
    assert.equal(await store.createLogin(again, "second", [sampleGrant(clock.now())]), "conflict")
    assert.equal((await readLive(store, "handle")).sealedLogin, "sealed login")
    assert.equal(await store.readLogin("second"), undefined)
  }),

  storeCase("createLogin refuses a handle that is taken, and stores nothing", async ({ store, clock }) => {
    await signIn({ store, clock })
    const other = sampleLogin(clock.now(), { loginId: "second" })
    assert.equal(await store.createLogin(other, "handle", [sampleGrant(clock.now())]), "conflict")
    assert.equal((await readLive(store, "handle")).loginId, "login")
    assert.deepEqual(await store.listLogins({ loginId: "second" }), [])
    assert.equal((await store.listLogins(bySub)).length, 1)
  }),

  storeCase("createLogin does not bring back a login whose id has ended", async ({ store, clock }) => {
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    await clock.advance(60)
    const late = sampleGrant(clock.now())
    assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", [late]), "ended")
    assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", []), "ended")
    assert.equal(await store.readLogin("handle"), undefined)
  }),

  ...[bySid, bySub].flatMap((by) => {
    const key = "sid" in by ? "sid" : "sub"
    return [
      storeCase(
        `createLogin refuses a grant issued before its ${key} ended, or at that very time`,
        async ({ store, clock }) => {
          const at = clock.now()
          await store.endLogins(sampleEnd(at, by))
          for (const firstIssuedAt of [at - 60, at]) {
            const grant = sampleGrant(at, { firstIssuedAt })
            assert.equal(await store.createLogin(sampleLogin(at), "handle", [grant]), "ended")
          }
          assert.equal(await store.readLogin("handle"), undefined)
          assert.deepEqual(await store.listLogins({ loginId: "login" }), [])
        },
      ),

      storeCase(`createLogin allows a grant issued after its ${key} ended`, async ({ store, clock }) => {
        const at = clock.now()
        await store.endLogins(sampleEnd(at, by))
        const grant = sampleGrant(at, { firstIssuedAt: at + 1 })
        assert.equal(await store.createLogin(sampleLogin(at), "handle", [grant]), "stored")
        await readLive(store, "handle")
      }),

      storeCase(
        `createLogin is refused by the tombstone of a ${key} until that expires`,
        async ({ store, clock }) => {
          const at = clock.now()
          await store.endLogins(sampleEnd(at, by))
          const grant = sampleGrant(at)
          await clock.advance(7199)
          assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", [grant]), "ended")
          await clock.advance(1)
          assert.equal(await store.createLogin(sampleLogin(clock.now()), "handle", [grant]), "stored")
        },
      ),

      storeCase(
        `createLogin minds the latest end of a ${key}, in whichever order the ends arrive`,
        async ({ store, clock }) => {
          const at = clock.now()
          await store.endLogins(sampleEnd(at, by))
          await store.endLogins(sampleEnd(at - 100, by, { tombstoneUntil: at + 10 }))
          await clock.advance(60)
          assert.equal(await store.createLogin(sampleLogin(at), "handle", [sampleGrant(at)]), "ended")
          const younger = sampleGrant(at, { firstIssuedAt: at + 1 })
          assert.equal(await store.createLogin(sampleLogin(at), "handle", [younger]), "stored")
        },
      ),
    ]
  }),

  storeCase("createLogin is refused when any of its grants is", async ({ store, clock }) => {
    const now = clock.now()
    await store.endLogins(sampleEnd(now, bySid))
    const fine = sampleGrant(now, { provider: "else", sid: "else", sub: "else" })
    assert.equal(await store.createLogin(sampleLogin(now), "handle", [fine, sampleGrant(now)]), "ended")
    assert.deepEqual(await store.listLogins({ loginId: "login" }), [])
  }),

  storeCase(
    "the tombstone of a sid or sub counts at its issuer and client alone",
    async ({ store, clock }) => {
      const now = clock.now()
      for (const value of ["sid", "sub"]) {
        await store.endLogins(sampleEnd(now, { issuer: "https://else.example", clientId, sid: value }))
        await store.endLogins(sampleEnd(now, { issuer, clientId: "else", sub: value }))
      }
      // A sid is no sub, even when both read the same.
      await store.endLogins(sampleEnd(now, { issuer, clientId, sid: "sub" }))
      await store.endLogins(sampleEnd(now, { issuer, clientId, sub: "sid" }))
      assert.equal(await store.createLogin(sampleLogin(now), "handle", [sampleGrant(now)]), "stored")
    },
  ),

  storeCase("a grant without a sid is untouched by the ends of sids", async ({ store, clock }) => {
    const now = clock.now()
    await store.endLogins(sampleEnd(now, { issuer, clientId, sid: "" }))
    await store.endLogins(sampleEnd(now, { issuer, clientId, sid: "null" }))
    assert.equal(
      await store.createLogin(sampleLogin(now), "handle", [sampleGrant(now, { sid: null })]),
      "stored",
    )
    assert.deepEqual(await store.endLogins(sampleEnd(now, { issuer, clientId, sid: "" })), [])
    await readLive(store, "handle")
  }),
]
