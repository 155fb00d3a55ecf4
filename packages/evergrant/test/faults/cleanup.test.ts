/** Row A23: the sweep that removes what has expired meets a refresh; row A4: what it may not remove yet. */
import { expect, it } from "vitest"
import { hashSecret } from "../../src/tokens/token-hash.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { createGate, type Scene } from "./scene/scene.ts"

/** A refresh whose answer waits for the gate. */
async function startRefresh({ evergrant, provider }: Scene, handle: string) {
  const reached = createGate()
  const answer = createGate()
  provider.once("token", async (request) => {
    reached.open()
    await answer.passed
    return provider.usual(request)
  })
  const result = evergrant.getAccessToken(handle).then(
    (token) => token.accessToken,
    (error: { code?: string; reason?: string }) => error.reason ?? error.code,
  )
  await reached.passed
  return { answer, result }
}

describeEachStore("a sweep", ({ createScene }) => {
  it("A23 removes nothing of a refresh that is under way: login, note and lease stay", async () => {
    const scene = await createScene()
    const { clock, signIn, grant, store } = scene
    const handle = await signIn()
    await clock.advance(301)
    const { answer, result } = await startRefresh(scene, handle)
    const before = await grant(handle)
    expect(before.intent).not.toBeNull()

    const real = await store()
    await real.sweep()
    await clock.advance(2)
    await real.sweep()

    expect(await grant(handle)).toEqual(before)
    answer.open()
    expect(await result).toMatch(/^eyJ/)
    await real.sweep()
    expect((await grant(handle)).generation).toBe(2)
  })

  it("A23 brings no login back that expired and was removed while its refresh was under way", async () => {
    const scene = await createScene()
    const { evergrant, clock, signIn, store, told } = scene
    const handle = await signIn({ maxAge: 303 })
    await clock.advance(301)
    const { answer, result } = await startRefresh(scene, handle)
    await clock.advance(3)
    const real = await store()
    await real.sweep()
    answer.open()

    expect(await result).toMatch(/session_expired|unknown_session/)
    expect(await real.readLogin(await hashSecret(handle))).toBeUndefined()
    expect(await real.listLogins({ user: "user-1" })).toEqual([])
    expect((await evergrant.readSession(handle)).status).toBe("signed_out")
    expect(told("tokens.refreshed")).toEqual([])
  })

  it("A23 brings no login back that was ended, and keeps its tombstone as long as a cookie may live", async () => {
    const scene = await createScene()
    const { evergrant, clock, provider, signIn, store } = scene
    const handle = await signIn()
    await clock.advance(301)
    const { answer, result } = await startRefresh(scene, handle)
    await evergrant.endLogin(handle, "signed_out")
    const real = await store()
    await real.sweep()
    answer.open()

    expect(await result).toBe("signed_out")
    expect([...provider.live]).toEqual([])
    await clock.advance(29 * 24 * 3600)
    await real.sweep()
    expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "signed_out" })
    expect(await real.listLogins({ user: "user-1" })).toEqual([])
  })

  it.each([0.001, 10, 300])(
    "A4 leads a spent refresh token to what replaced it, %s s after the rotation, and presents no spent one",
    async (later) => {
      const { evergrant, clock, provider, signIn, spent, grant, store } = await createScene()
      provider.lifetimes.access = 900
      const handle = await signIn()
      const old = await grant(handle)
      const fresh = await evergrant.getAccessToken(handle, { force: true })
      const real = await store()

      await clock.advance(later)
      await real.sweep()

      expect(await real.findSpentToken(old.tokenHash)).toMatchObject({ loginId: old.loginId, generation: 2 })
      expect(await evergrant.getAccessToken(handle)).toEqual(fresh)
      expect(spent()).toEqual(["refresh-1"])
      // What is spent cannot be put back, whoever still holds it.
      const guard = { grant: old, generation: old.generation, tokenHash: old.tokenHash }
      expect(await real.beginRefresh(guard, { owner: "late", at: clock.now() })).toBe("conflict")
      expect(await real.commitRefresh(guard, { ...old, sid: "sid-1" }, clock.now() + 60)).toBe("conflict")
      expect(await evergrant.getAccessToken(handle)).toEqual(fresh)
    },
  )

  it.each([0.001, 10, 55])(
    "A4 leads the handle of before a link to the same login %s s after it, and no further than a minute",
    async (later) => {
      const { evergrant, clock, signIn, spent } = await createScene()
      const before = await signIn()
      const after = await signIn({
        previous: { handle: before, link: true },
        account: { refresh_token: "refresh-of-the-link", provider: "oidc", providerAccountId: "alice-2" },
      })
      expect(after).not.toBe(before)

      await clock.advance(later)
      const [old, current] = [await evergrant.readSession(before), await evergrant.readSession(after)]
      expect(old.status === "session" && old.view.loginId).toBe(
        current.status === "session" && current.view.loginId,
      )
      await clock.advance(61)
      expect((await evergrant.readSession(before)).status).toBe("signed_out")
      expect((await evergrant.readSession(after)).status).toBe("session")
      expect(spent()).toEqual([])
    },
  )
})
