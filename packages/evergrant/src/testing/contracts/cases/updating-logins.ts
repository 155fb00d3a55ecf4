import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { sampleEnd, signIn } from "../samples.ts"

const update = { loginId: "login", revision: 1, sealedLogin: "sealed login 2" }

export const updatingLogins: readonly ContractCase[] = [
  storeCase("updateLogin rewrites the payload and grows revision and version", async ({ store, clock }) => {
    await signIn({ store, clock })
    assert.equal(await store.updateLogin(update), "stored")
    const { sealedLogin, revision, version } = await readLive(store, "handle")
    assert.deepEqual(
      { sealedLogin, revision, version },
      { sealedLogin: "sealed login 2", revision: 2, version: 2 },
    )
  }),

  storeCase("updateLogin refuses an older and a later revision", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.updateLogin(update)
    assert.equal(await store.updateLogin({ ...update, sealedLogin: "late" }), "conflict")
    assert.equal(await store.updateLogin({ ...update, revision: 3 }), "conflict")
    const { sealedLogin, version } = await readLive(store, "handle")
    assert.deepEqual({ sealedLogin, version }, { sealedLogin: "sealed login 2", version: 2 })
  }),

  storeCase("updateLogin needs a login that is live", async ({ store, clock }) => {
    assert.equal(await store.updateLogin(update), "missing")
    await signIn({ store, clock })
    await clock.advance(3600)
    assert.equal(await store.updateLogin(update), "ended")
  }),

  storeCase("updateLogin does not bring back a login that ended", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
    assert.equal(await store.updateLogin(update), "ended")
    assert.equal((await store.readLogin("handle"))?.status, "ended")
    await clock.advance(7200)
    assert.equal(await store.updateLogin(update), "missing")
  }),

  storeCase("extendLogin moves the end of a login forward", async ({ store, clock }) => {
    await signIn({ store, clock })
    assert.equal(await store.extendLogin("login", clock.now() + 5000), "stored")
    await clock.advance(4999)
    assert.equal((await readLive(store, "handle")).expiresAt, clock.now() + 1)
  }),

  storeCase(
    "extendLogin never moves the end back, and does not grow the version",
    async ({ store, clock }) => {
      await signIn({ store, clock })
      assert.equal(await store.extendLogin("login", clock.now() + 10), "stored")
      const { expiresAt, version } = await readLive(store, "handle")
      assert.deepEqual({ expiresAt, version }, { expiresAt: clock.now() + 3600, version: 1 })
    },
  ),

  storeCase("extendLogin does not bring back a login that ended or expired", async ({ store, clock }) => {
    assert.equal(await store.extendLogin("login", clock.now() + 9000), "missing")
    await signIn({ store, clock })
    await clock.advance(3600)
    assert.equal(await store.extendLogin("login", clock.now() + 9000), "ended")
    assert.equal((await store.readLogin("handle"))?.status, "ended")
    await signIn({ store, clock }, { login: { loginId: "second" }, handle: "second" })
    await store.endLogins(sampleEnd(clock.now(), { loginId: "second" }))
    assert.equal(await store.extendLogin("second", clock.now() + 9000), "ended")
    assert.equal((await store.readLogin("second"))?.status, "ended")
  }),
]
