/** What `restore` of the cookie store takes, and what it never takes. The rest of it is in the contract suite. */
import { randomUUID } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { GrantStore } from "../../../src/store/grant-store.ts"
import type { RestoredLogin } from "../../../src/store/records.ts"
import { cookieStore } from "../../../src/stores/cookie.ts"
import { recordChanges } from "../../../src/testing/contracts/change-recorder.ts"
import { readLive } from "../../../src/testing/contracts/contract-case.ts"
import {
  bySid,
  bySub,
  guardOf,
  sampleEnd,
  sampleGrant,
  sampleLogin,
  sampleRotation,
  signIn,
} from "../../../src/testing/contracts/samples.ts"
import { type ManualClock, manualClock } from "../../../src/testing/manual-clock.ts"

interface World {
  clock: ManualClock
  store: GrantStore
  restore(changes?: Partial<RestoredLogin>): Promise<string | undefined>
}

async function open(): Promise<World> {
  const clock = manualClock()
  const store = await cookieStore({ name: randomUUID() }).open({ namespace: "one", clock })
  return {
    clock,
    store,
    restore: async (changes) => store.restore?.({ ...sample(clock), ...changes }),
  }
}

function sample(clock: ManualClock): RestoredLogin {
  const data = { user: "user", version: 4, sealedData: "sealed data 4" }
  return {
    login: sampleLogin(clock.now()),
    version: 7,
    handleHash: "handle",
    grants: [sampleGrant(clock.now())],
    data,
  }
}

describe("a login that the process does not know", () => {
  it("is there afterwards, with generation and versions, and can be refreshed", async () => {
    const { clock, store, restore } = await open()
    const grant = sampleGrant(clock.now(), { generation: 3 })
    expect(await restore({ grants: [grant] })).toBe("stored")

    expect(await readLive(store, "handle")).toMatchObject({
      loginId: "login",
      version: 7,
      grants: [{ generation: 3, intent: null }],
      data: { version: 4, sealedData: "sealed data 4" },
    })
    expect(await store.commitRefresh(guardOf(grant), sampleRotation(clock.now()), clock.now() + 60)).toBe(
      "stored",
    )
    expect((await readLive(store, "handle")).grants).toMatchObject([{ generation: 4 }])
  })

  it("is a change that others hear of, once", async () => {
    const { store, restore } = await open()
    const { heard } = recordChanges(store)
    await restore()
    await restore()
    expect(heard.map(({ kind }) => kind)).toEqual(["login.updated", "data.updated"])
  })

  it.each([
    ["its own", { loginId: "login" }],
    ["its provider session's", bySid],
    ["its user's at the provider", bySub],
  ])("stays ended by a tombstone: %s", async (_, by) => {
    const { clock, store, restore } = await open()
    await store.endLogins(sampleEnd(clock.now(), by))
    expect(await restore()).toBe("ended")
    expect(await store.readLogin("handle")).toMatchObject({
      status: "ended",
      reason: "provider_session_ended",
    })
    expect(await store.listLogins({ loginId: "login" })).toEqual([])
  })

  it("comes back when its user has signed in after the tombstone", async () => {
    const { clock, store, restore } = await open()
    await store.endLogins(sampleEnd(clock.now(), bySub))
    await clock.advance(1)
    expect(await restore({ grants: [sampleGrant(clock.now())] })).toBe("stored")
  })

  it("is not put back after its end", async () => {
    const { clock, store, restore } = await open()
    expect(await restore({ login: sampleLogin(clock.now(), { expiresAt: clock.now() }) })).toBe("ended")
    expect(await store.readLogin("handle")).toBe(undefined)
  })
})

describe("a login that the process knows", () => {
  it("is left alone by an older copy", async () => {
    const world = await open()
    const guard = await signIn(world)
    await world.store.commitRefresh(guard, sampleRotation(world.clock.now()), world.clock.now() + 60)
    const before = await readLive(world.store, "handle")

    expect(await world.restore({ version: 1, data: null })).toBe("conflict")
    expect(await readLive(world.store, "handle")).toEqual(before)
  })

  it("takes newer tokens, keeps a newer payload, and its version shows it", async () => {
    const world = await open()
    await signIn(world)
    await world.store.updateLogin({ loginId: "login", revision: 1, sealedLogin: "sealed login 2" })
    const grants = [sampleGrant(world.clock.now(), { generation: 2, tokenHash: "token-2" })]

    expect(await world.restore({ version: 2, grants, data: null })).toBe("stored")

    expect(await readLive(world.store, "handle")).toMatchObject({
      revision: 2,
      sealedLogin: "sealed login 2",
      version: 3,
      grants: [{ generation: 2, tokenHash: "token-2" }],
    })
  })

  it("gets or loses a grant by the newer version alone", async () => {
    const world = await open()
    const other = sampleGrant(world.clock.now(), { provider: "other" })
    await signIn(world)
    const providers = async () =>
      (await readLive(world.store, "handle")).grants.map(({ provider }) => provider)
    const first = sampleGrant(world.clock.now())

    await world.restore({ version: 1, grants: [first, other] })
    expect(await providers()).toEqual(["oidc"])
    await world.restore({ version: 2, grants: [first, other] })
    expect(await providers()).toEqual(["oidc", "other"])
    await world.restore({ version: 3, grants: [other] })
    expect(await providers()).toEqual(["other"])
  })

  it("keeps the note of a refresh that is under way, as long as its token is the same", async () => {
    const world = await open()
    const guard = await signIn(world)
    await world.store.beginRefresh(guard, { owner: "owner", at: world.clock.now() })
    await world.restore({ version: 9 })
    expect((await readLive(world.store, "handle")).grants).toMatchObject([{ intent: { owner: "owner" } }])
    await world.restore({
      version: 10,
      grants: [sampleGrant(world.clock.now(), { generation: 2, tokenHash: "t" })],
    })
    expect((await readLive(world.store, "handle")).grants).toMatchObject([{ intent: null }])
  })

  it("is not reached by a handle that was given up, nor by one of another login or user", async () => {
    const world = await open()
    await signIn(world)
    await signIn(world, { login: { loginId: "second" }, handle: "handle-2" })

    expect(await world.restore({ version: 1, handleHash: "given up" })).toBe("conflict")
    expect(await world.store.readLogin("given up")).toBe(undefined)
    expect(await world.restore({ handleHash: "handle-2" })).toBe("conflict")
    const login = sampleLogin(world.clock.now(), { user: "somebody else" })
    expect(await world.restore({ login })).toBe("conflict")
    expect((await readLive(world.store, "handle")).user).toBe("user")
  })
})

it("forgets what has expired, while logins come and go", async () => {
  const { clock, store, restore } = await open()
  await restore()
  await clock.advance(3601)
  const login = sampleLogin(clock.now(), { loginId: "later" })
  await restore({ login, handleHash: "later" })
  expect(await store.readLogin("handle")).toBe(undefined)
  expect((await readLive(store, "later")).loginId).toBe("later")
})

it("never goes back, and never past an end, whatever copies come in whatever order", async () => {
  const copies = fc.record({
    version: fc.integer({ min: 1, max: 6 }),
    revision: fc.integer({ min: 1, max: 3 }),
    generation: fc.integer({ min: 1, max: 4 }),
    data: fc.integer({ min: 1, max: 4 }),
  })
  const steps = fc.array(fc.oneof({ weight: 6, arbitrary: copies }, fc.constant("end" as const)), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { clock, store, restore } = await open()
      let ended = false
      let before = { version: 0, revision: 0, generation: 0, data: 0 }
      for (const step of all) {
        if (step === "end") {
          await store.endLogins(sampleEnd(clock.now(), { loginId: "login" }))
          ended = true
          continue
        }
        await restore({
          version: step.version,
          login: sampleLogin(clock.now(), { revision: step.revision }),
          grants: [sampleGrant(clock.now(), { generation: step.generation })],
          data: { user: "user", version: step.data, sealedData: "" },
        })
        const login = await store.readLogin("handle")
        expect(login?.status).toBe(ended ? "ended" : "live")
        if (login?.status !== "live") continue
        const after = {
          version: login.version,
          revision: login.revision,
          generation: login.grants[0]?.generation ?? 0,
          data: login.data?.version ?? 0,
        }
        for (const name of ["version", "revision", "generation", "data"] as const) {
          expect(after[name]).toBeGreaterThanOrEqual(Math.max(before[name], step[name]))
        }
        before = after
      }
    }),
  )
})
