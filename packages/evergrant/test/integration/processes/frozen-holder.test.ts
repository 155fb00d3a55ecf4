/** Row A11: the process that refreshes is frozen until its lease has run out, and then goes on. */
import { expect, it } from "vitest"
import { describeEachStore } from "../../processes/each-store.ts"

describeEachStore("the holder is frozen past its lease", (scene) => {
  it.each(["after answer", "before persist"] as const)(
    "A11 keeps the successor's token when the frozen one comes late, stopped %s",
    async (point) => {
      const { start, provider, signIn, refreshes, grant, accepts } = scene()
      provider.settings.set({ rotation: { kind: "reuse-window", seconds: 60 } })
      const [frozen, successor] = await Promise.all([start(), start()])
      const { account, sid } = await signIn({ expired: true })
      const handle = await frozen.signIn(account)
      const late = await frozen.refreshUpTo(point, "stop", { handle })

      const [outcome] = await successor.tokens({ handle })
      const stored = await grant(handle)
      frozen.signal("SIGCONT")
      const [own] = await late.outcomes
      const [after] = await frozen.tokens({ handle })

      expect(await accepts(outcome && "token" in outcome ? outcome.token : "")).toBe(true)
      expect(own).not.toHaveProperty("signedOut")
      expect(after).toEqual(outcome)
      expect(await grant(handle)).toMatchObject({ generation: 2, tokenHash: stored.tokenHash })
      expect(refreshes(sid)).toEqual({ requests: 2, succeeded: 2, refused: 0 })
    },
  )

  it("A11 spends nothing twice when the holder was frozen before it sent", async () => {
    const { start, provider, signIn, refreshes, grant } = scene()
    provider.settings.set({ rotation: { kind: "reuse-window", seconds: 60 } })
    const [frozen, successor] = await Promise.all([start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await frozen.signIn(account)
    const late = await frozen.refreshUpTo("before send", "stop", { handle })

    const [outcome] = await successor.tokens({ handle })
    frozen.signal("SIGCONT")
    await late.outcomes
    const [after] = await frozen.tokens({ handle })

    expect(after).toEqual(outcome)
    expect((await grant(handle)).generation).toBe(2)
    expect(refreshes(sid).refused).toBe(0)
  })

  it("A11 gives the token back that belongs to a session which ended meanwhile", async () => {
    const { start, provider, signIn, refreshes } = scene()
    provider.settings.set({ rotation: "strict" })
    const [frozen, successor] = await Promise.all([start(), start()])
    const { account, sid } = await signIn({ expired: true })
    const handle = await frozen.signIn(account)
    const late = await frozen.refreshUpTo("after answer", "stop", { handle })

    const lost = { signedOut: "rotation_lost" }
    expect(await successor.tokens({ handle })).toEqual([lost])
    frozen.signal("SIGCONT")
    await late.outcomes

    await expect
      .poll(() => provider.counters.get({ clientId: "app" }).revocations, { timeout: 20_000 })
      .toBe(1)
    expect(await frozen.tokens({ handle })).toEqual([lost])
    expect(refreshes(sid)).toEqual({ requests: 2, succeeded: 1, refused: 1 })
  })
})
