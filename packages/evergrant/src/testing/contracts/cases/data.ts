import assert from "node:assert/strict"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { sampleEnd, signIn } from "../samples.ts"

export const data: readonly ContractCase[] = [
  storeCase("readData finds nothing before the first write", async ({ store }) => {
    assert.equal(await store.readData("user"), undefined)
  }),

  storeCase("writeData grows the version by one with each write", async ({ store }) => {
    assert.equal(await store.writeData("user", 0, "first"), "stored")
    assert.deepEqual(await store.readData("user"), { user: "user", version: 1, sealedData: "first" })
    assert.equal(await store.writeData("user", 1, "second"), "stored")
    assert.deepEqual(await store.readData("user"), { user: "user", version: 2, sealedData: "second" })
  }),

  storeCase("writeData refuses any other version than the one that is there", async ({ store }) => {
    assert.equal(await store.writeData("user", 1, "early"), "conflict")
    await store.writeData("user", 0, "first")
    for (const version of [0, 2]) assert.equal(await store.writeData("user", version, "other"), "conflict")
    assert.equal((await store.readData("user"))?.sealedData, "first")
  }),

  storeCase("data is one per user: every login of the user reads it, no other", async ({ store, clock }) => {
    await signIn({ store, clock }, { login: { loginId: "laptop" }, handle: "laptop" })
    await signIn({ store, clock }, { login: { loginId: "phone" }, handle: "phone" })
    await signIn({ store, clock }, { login: { loginId: "other", user: "other" }, handle: "other" })
    await store.writeData("user", 0, "first")
    assert.equal((await readLive(store, "laptop")).data?.sealedData, "first")
    assert.equal((await readLive(store, "phone")).data?.sealedData, "first")
    assert.equal((await readLive(store, "other")).data, null)
    assert.equal((await readLive(store, "phone")).version, 1)
  }),

  storeCase("data outlives logins and sweeps", async ({ store, clock }) => {
    await signIn({ store, clock })
    await store.writeData("user", 0, "first")
    await store.endLogins(sampleEnd(clock.now(), { user: "user" }))
    await clock.advance(1_000_000)
    await store.sweep()
    assert.equal((await store.readData("user"))?.version, 1)
  }),
]
