/** Rows A8, A9, A10: the process that refreshes is killed, and another one goes on. */
import { expect, it } from "vitest"
import { describeEachStore } from "../../processes/each-store.ts"

/** The store holds the same at all of them, so that one is enough where only the store differs. */
const answered = ["after send", "after answer", "before persist"] as const

describeEachStore("the holder is killed", (scene, store) => {
  const points = store === "sqlite" ? answered : answered.slice(-1)

  it("A8 only delays the user when the holder died before sending", async () => {
    const { start, provider, signIn, refreshes, accepts } = scene()
    provider.settings.set({ rotation: "strict" })
    const [holder, survivor] = await Promise.all([start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await holder.signIn(account)
    await holder.refreshUpTo("before send", "kill", { handle })
    expect(await holder.ended).toBe("SIGKILL")

    const [outcome] = await survivor.tokens({ handle })

    expect(await accepts(outcome && "token" in outcome ? outcome.token : "")).toBe(true)
    expect(refreshes(sid)).toEqual({ requests: 1, succeeded: 1, refused: 0 })
  })

  it("A8 finds what the holder stored before it died", async () => {
    const { start, provider, signIn, refreshes, accepts } = scene()
    provider.settings.set({ rotation: "strict" })
    const [holder, survivor] = await Promise.all([start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await holder.signIn(account)
    await holder.refreshUpTo("after persist", "kill", { handle })

    const [outcome] = await survivor.tokens({ handle })

    expect(await accepts(outcome && "token" in outcome ? outcome.token : "")).toBe(true)
    expect(refreshes(sid)).toEqual({ requests: 1, succeeded: 1, refused: 0 })
  })

  it.each(points)("A9 recovers a rotation that the holder took along, killed %s", async (point) => {
    const { start, provider, signIn, refreshes, accepts } = scene()
    provider.settings.set({ rotation: { kind: "reuse-window", seconds: 30 } })
    const [holder, survivor] = await Promise.all([start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await holder.signIn(account)
    await holder.refreshUpTo(point, "kill", { handle })
    await expect.poll(() => refreshes(sid).succeeded, { timeout: 20_000 }).toBe(1)

    const [outcome] = await survivor.tokens({ handle })

    expect(await accepts(outcome && "token" in outcome ? outcome.token : "")).toBe(true)
    expect(refreshes(sid)).toEqual({ requests: 2, succeeded: 2, refused: 0 })
    expect(survivor.events).toContainEqual(
      expect.objectContaining({ type: "tokens.recovered", generation: 2 }),
    )
  })

  it.each(points)("A10 ends the session once, as rotation_lost, killed %s", async (point) => {
    const { start, provider, signIn, refreshes } = scene()
    provider.settings.set({ rotation: "strict" })
    const [holder, survivor, another] = await Promise.all([start(), start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await holder.signIn(account)
    await holder.refreshUpTo(point, "kill", { handle })
    await expect.poll(() => refreshes(sid).succeeded, { timeout: 20_000 }).toBe(1)

    const lost = { signedOut: "rotation_lost" }
    expect(await survivor.tokens({ handle, callers: 3 })).toEqual([lost, lost, lost])
    expect(await another.tokens({ handle, callers: 3 })).toEqual([lost, lost, lost])
    expect(await survivor.tokens({ handle })).toEqual([lost])
    expect(refreshes(sid)).toEqual({ requests: 2, succeeded: 1, refused: 1 })
    const ends = [...survivor.events, ...another.events].filter(({ type }) => type === "session.ended")
    expect(ends).toEqual([expect.objectContaining({ reason: "rotation_lost" })])
  })
})
