/** Rows A2, A4, A7, A12: several processes want one grant refreshed. */
import { expect, it } from "vitest"
import { hashSecret } from "../../../src/tokens/token-hash.ts"
import { describeEachStore } from "../../processes/each-store.ts"
import { tokensOf } from "../../processes/messages.ts"

/** Nobody dies here who holds a lease. Seconds. */
const settings = { refresh: { lease: 3, callerWait: 60 } }

describeEachStore(
  "one grant, several processes",
  (scene) => {
    it("A2 turns the callers of eight processes into one token request", async () => {
      const { startSeveral, signIn, refreshes, accepts, grant } = scene()
      const processes = await startSeveral(8)
      const { account, sid } = await signIn({ expired: true })
      const handle = (await processes[0]?.signIn(account)) ?? ""

      const outcomes = await Promise.all(processes.map((one) => one.tokens({ handle, callers: 5 })))

      const tokens = tokensOf(outcomes.flat())
      expect(tokens).toHaveLength(40)
      expect(new Set(tokens).size).toBe(1)
      expect(await accepts(tokens[0] ?? "")).toBe(true)
      expect(refreshes(sid)).toEqual({ requests: 1, succeeded: 1, refused: 0 })
      expect((await grant(handle)).generation).toBe(2)
    })

    it.each([0.001, 10, 300])(
      "A4 leads an old copy to the current token %s s after a rotation",
      async (later) => {
        const { start, provider, signIn, refreshes, grant, storeAhead } = scene()
        provider.settings.set({ lifetimes: { accessToken: 3600 } })
        const [rotating, late] = await Promise.all([start(), start()])
        const { account, sid } = await signIn()
        const handle = await rotating.signIn(account)
        const spent = (await grant(handle)).tokenHash
        const [fresh] = await rotating.tokens({ handle, force: true })

        await late.ask("setClock", { ahead: later })
        const outcomes = await late.tokens({ handle, callers: 3 })

        expect(outcomes).toEqual([fresh, fresh, fresh])
        const store = await storeAhead(later)
        expect(await store.findSpentToken(spent)).toMatchObject({ generation: 2 })
        await store.close()
        expect(spent).toBe(await hashSecret(String(account.refresh_token)))
        expect(refreshes(sid)).toEqual({ requests: 1, succeeded: 1, refused: 0 })
      },
    )

    it("A7 renews the lease while the token endpoint is slower than it", async () => {
      const { startSeveral, provider, signIn, refreshes } = scene()
      const processes = await startSeveral(2)
      const { account, sid } = await signIn({ expired: true })
      const handle = (await processes[0]?.signIn(account)) ?? ""

      provider.latency = settings.refresh.lease + 1
      const outcomes = await Promise.all(processes.map((one) => one.tokens({ handle }))).finally(() => {
        provider.latency = 0
      })

      expect(new Set(tokensOf(outcomes.flat())).size).toBe(1)
      expect(outcomes.flat()).toHaveLength(2)
      expect(refreshes(sid)).toEqual({ requests: 1, succeeded: 1, refused: 0 })
    })

    it("A12 uses the winner's tokens when a lock that fell apart lets both spend and the second is refused", async () => {
      const { start, signIn, refreshes, grant, provider } = scene()
      provider.settings.set({ rotation: "strict" })
      const [winner, loser] = await Promise.all([
        start({ leasesForAll: true }),
        start({ leasesForAll: true }),
      ])
      const { account, sid } = await signIn({ expired: true })
      const handle = await winner.signIn(account)

      const first = await winner.refreshUpTo("before persist", "wait", { handle })
      const second = loser.tokens({ handle })
      await expect
        .poll(() => refreshes(sid), { timeout: 20_000 })
        .toEqual({ requests: 2, succeeded: 1, refused: 1 })
      await winner.ask("proceed", null)

      const [won] = await first.outcomes
      expect(won).toHaveProperty("token")
      expect(await second).toEqual([won])
      expect((await grant(handle)).generation).toBe(2)
      expect(loser.events.filter(({ type }) => type === "session.ended")).toEqual([])
    })

    it("A12 stores one of two answers when the provider lets a spent token be used again", async () => {
      const { start, signIn, refreshes, grant, provider } = scene()
      provider.settings.set({ rotation: { kind: "reuse-window", seconds: 30 } })
      const [slow, fast] = await Promise.all([start({ leasesForAll: true }), start({ leasesForAll: true })])
      const { account, sid } = await signIn({ expired: true })
      const handle = await slow.signIn(account)

      const first = await slow.refreshUpTo("before persist", "wait", { handle })
      const [won] = await fast.tokens({ handle })
      const stored = await grant(handle)
      await slow.ask("proceed", null)

      expect(won).toHaveProperty("token")
      expect(await first.outcomes).toEqual([won])
      expect((await grant(handle)).tokenHash).toBe(stored.tokenHash)
      expect(refreshes(sid)).toEqual({ requests: 2, succeeded: 2, refused: 0 })
    })
  },
  settings,
)
