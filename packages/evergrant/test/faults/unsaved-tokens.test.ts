/** Row A15: the provider has rotated, and the store does not take what it gave. */
import { describe, expect, it } from "vitest"
import { StoreError } from "../../src/errors.ts"
import { createTable } from "./scene/account-table.ts"
import { createScene, enterAnotherProcess, type Scene, type SceneOptions } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

const afterExpiry = 301

/** A login whose new tokens are in memory only. */
async function unsaved(options: SceneOptions = {}): Promise<Scene & { handle: string; served: string }> {
  const scene = await createScene(options)
  const handle = await scene.signIn()
  await scene.clock.advance(afterExpiry)
  scene.fail("commitRefresh")
  const { accessToken } = await scene.evergrant.getAccessToken(handle)
  return { ...scene, handle, served: accessToken }
}

/** The store takes writes again. */
async function recover({ clock, replaced, grant, handle }: Scene & { handle: string }): Promise<void> {
  delete replaced.commitRefresh
  await clock.runUntilDone(until(async () => (await grant(handle)).generation === 2))
}

describe("a store that does not take the tokens", () => {
  it("A15 serves all who wait for them, and raises one alarm", async () => {
    const { evergrant, clock, provider, signIn, fail, grant, spent, told } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)
    fail("commitRefresh")

    const answers = await Promise.all(Array.from({ length: 20 }, () => evergrant.getAccessToken(handle)))
    const session = await evergrant.readSession(handle)

    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(answers[0]?.expiresAt).toBe(clock.now() + provider.lifetimes.access)
    expect(session.status === "session" && session.view.grants[0]?.generation).toBe(2)
    expect((await grant(handle)).generation).toBe(1)
    expect(spent()).toEqual(["refresh-1"])
    expect(told("tokens.unsaved")).toMatchObject([{ provider: "oidc", until: clock.now() + 1800 }])
    expect(told("session.ended")).toEqual([])
  })

  it("A15 serves later callers of the process from memory, and stores all when the store is back", async () => {
    const scene = await unsaved()
    const { evergrant, clock, told, spent, handle, served } = scene
    await clock.runUntilDone(until(() => clock.now() > 1_800_000_000 + afterExpiry + 120))
    expect((await evergrant.getAccessToken(handle)).accessToken).toBe(served)

    await recover(scene)
    await until(() => told("tokens.refreshed").length === 1)

    expect((await evergrant.getAccessToken(handle)).accessToken).toBe(served)
    await clock.advance(afterExpiry)
    expect((await evergrant.getAccessToken(handle)).accessToken).not.toBe(served)
    expect(spent()).toHaveLength(2)
    expect(new Set(spent()).size).toBe(2)
    expect(told("tokens.lost")).toEqual([])
  })

  it("A15 never spends the old token, neither by force nor when the new one has expired", async () => {
    const scene = await unsaved()
    const { evergrant, clock, spent, handle } = scene
    const unavailable = { code: "store_unavailable", remedy: "retry" }
    await expect(evergrant.getAccessToken(handle, { force: true })).rejects.toMatchObject(unavailable)
    await clock.advance(afterExpiry)
    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject(unavailable)
    expect(spent()).toEqual(["refresh-1"])

    await recover(scene)

    expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toHaveLength(2)
    expect(new Set(spent()).size).toBe(2)
  })

  it("A15 serves them to their last second", async () => {
    const { evergrant, clock, provider, served, handle } = await unsaved()
    await clock.advance(provider.lifetimes.access - 1)

    expect((await evergrant.getAccessToken(handle)).accessToken).toBe(served)
    expect((await evergrant.readSession(handle)).status).toBe("session")
  })

  it("A15 never covers a grant that was linked anew meanwhile", async () => {
    const { evergrant, provider, signIn, handle, served, told, clock, replaced } = await unsaved()
    const account = await provider.tokens()
    const linked = await signIn({ account, previous: { handle, link: true } })

    expect((await evergrant.getAccessToken(linked)).accessToken).toBe(account.access_token)
    expect((await evergrant.getAccessToken(linked)).accessToken).not.toBe(served)

    delete replaced.commitRefresh
    await clock.runUntilDone(evergrant.close())
    expect(told("tokens.lost")).toEqual([])
  })

  it("A15 keeps the lease, so that another process waits for the write and spends nothing", async () => {
    const scene = await unsaved()
    const { evergrant, clock, replaced, spent, grant, handle, served } = scene
    enterAnotherProcess()
    const other = evergrant.getAccessToken(handle)
    await clock.runUntilDone(until(() => clock.now() > 1_800_000_000 + afterExpiry + 2))
    expect(spent()).toEqual(["refresh-1"])
    delete replaced.commitRefresh

    expect((await clock.runUntilDone(other)).accessToken).toBe(served)
    expect(spent()).toEqual(["refresh-1"])
    expect((await grant(handle)).generation).toBe(2)
  })

  it("A15 is given a moment by another process that finds its note, after an outage longer than its lease", async () => {
    const scene = await createScene()
    const { evergrant, clock, signIn, fail, replaced, spent, grant, told } = scene
    const handle = await signIn()
    await clock.advance(afterExpiry)
    for (const method of ["commitRefresh", "renewLease", "acquireLease", "beginRefresh"] as const)
      fail(method)
    delete replaced.beginRefresh
    delete replaced.acquireLease
    const { accessToken } = await evergrant.getAccessToken(handle)
    await clock.runUntilDone(until(() => clock.now() > 1_800_000_000 + afterExpiry + 60))

    // The store is back for all at the same moment, and the other process is first.
    enterAnotherProcess()
    for (const method of ["commitRefresh", "renewLease"] as const) delete replaced[method]
    const waiting = evergrant.getAccessToken(handle)
    await until(() => clock.waiting().includes(0.25) || spent().length > 1)
    const other = await clock.runUntilDone(waiting)

    expect(other.accessToken).toBe(accessToken)
    expect(spent()).toEqual(["refresh-1"])
    expect((await grant(handle)).generation).toBe(2)
    expect(told("session.ended")).toEqual([])
  })

  it("A15 recognises its own write when the store's answer to it was lost, claims and all", async () => {
    const scene = await createScene()
    const { evergrant, clock, provider, signIn, replaced, store, grant, told } = scene
    provider.claims = { plan: "free" }
    const handle = await signIn()
    provider.claims = { plan: "gold" }
    await clock.advance(afterExpiry)
    const real = await store()
    replaced.commitRefresh = async (...commit) => {
      delete replaced.commitRefresh
      await real.commitRefresh(...commit)
      throw new StoreError("store_unavailable", "The connection broke.")
    }
    const { accessToken } = await evergrant.getAccessToken(handle)
    await clock.runUntilDone(until(() => told("tokens.refreshed").length === 1))

    const session = await evergrant.readSession(handle)
    expect(session.status === "session" && session.view.claims).toEqual({ plan: "gold" })
    expect((await evergrant.getAccessToken(handle)).accessToken).toBe(accessToken)
    expect((await grant(handle)).generation).toBe(2)
  })

  it("A15 revokes the tokens of a login that ended before they were stored", async () => {
    const { evergrant, provider, replaced, clock, told, handle } = await unsaved()
    await evergrant.endLogin(handle, "signed_out")
    delete replaced.commitRefresh

    await clock.runUntilDone(until(() => provider.requests("revocation").length === 1))

    expect([...provider.live]).toEqual([])
    expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "signed_out" })
    expect(told("tokens.lost")).toEqual([])
  })

  it("A15 gives up when the refresh token is over, and says what was lost", async () => {
    const { clock, provider, told, signIn, evergrant, fail } = await createScene()
    const handle = await signIn()
    provider.lifetimes = { access: 60, session: 90 }
    await clock.advance(afterExpiry)
    fail("commitRefresh")
    await evergrant.getAccessToken(handle)
    await clock.runUntilDone(until(() => told("tokens.lost").length === 1))

    expect(clock.now()).toBeGreaterThanOrEqual(1_800_000_000 + afterExpiry + 90)
    expect(clock.now()).toBeLessThan(1_800_000_000 + afterExpiry + 92)
  })

  it("A15 is waited for by close(), which tells what it had to give up after its time", async () => {
    const scene = await unsaved({ refresh: { closeWait: 5 } })
    const { evergrant, clock, told } = scene
    let closed = false
    const closing = evergrant.close().then(() => {
      closed = true
    })
    await clock.runUntilDone(until(() => clock.now() > 1_800_000_000 + afterExpiry + 4))
    expect([closed, told("tokens.lost")]).toEqual([false, []])

    await clock.runUntilDone(closing)

    expect(told("tokens.lost")).toMatchObject([{ provider: "oidc" }])
  })

  it("A15 is waited for by close(), which loses nothing when the store is back in time", async () => {
    const { evergrant, clock, replaced, told } = await unsaved()
    const closing = evergrant.close()
    delete replaced.commitRefresh

    await clock.runUntilDone(closing)

    expect(told("tokens.refreshed")).toMatchObject([{ generation: 2 }])
    expect(told("tokens.lost")).toEqual([])
  })

  it("A15 lets no other login of a shared account spend what is spent already", async () => {
    const { table } = createTable()
    const scene = await createScene({ accounts: { ...table, source: "row" } })
    const { evergrant, clock, provider, signIn, fail, replaced, spent, told } = scene
    const phone = await signIn()
    const laptop = await signIn({ account: await provider.tokens() })
    await evergrant.getAccessToken(laptop, { force: true })
    await clock.advance(afterExpiry)
    fail("commitRefresh")
    const { accessToken } = await evergrant.getAccessToken(laptop)
    await expect(evergrant.getAccessToken(phone)).rejects.toMatchObject({ code: "store_unavailable" })
    expect(spent()).toHaveLength(2)

    delete replaced.commitRefresh
    await clock.runUntilDone(until(() => told("tokens.refreshed").length === 2))

    expect((await clock.runUntilDone(evergrant.getAccessToken(phone))).accessToken).toBe(accessToken)
    expect(spent()).toHaveLength(2)
  })
})
