/** Rows B20 and B21: a provider that sends elsewhere, moves, or is not there. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { afterExpiry, expectRecovery, expire } from "./scene/expired.ts"
import { type Answer, networkFailure } from "./scene/scripted-provider.ts"

describeEachStore("the provider's addresses", ({ createScene }) => {
  const expired = async () => expire(await createScene())

  it.each([301, 302, 303, 307, 308])("B20 does not follow a %i from the token endpoint", async (status) => {
    const scene = await expired()
    const { evergrant, provider, handle, told } = scene
    const asked = provider.requests("token").length
    provider.once(
      "token",
      () => new Response(null, { status, headers: { location: `${provider.issuer}/userinfo` } }),
    )

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

    expect(provider.requests("token")).toHaveLength(asked + 1)
    expect(provider.requests("userinfo")).toEqual([])
    expect(told("refresh.failed")).toMatchObject([{ kind: "transient", code: `status_${status}` }])
    await expectRecovery(scene)
  })

  describe("the provider's metadata", () => {
    const foreign: Answer = ({ url }) =>
      Response.json({ issuer: "https://attacker.example", token_endpoint: `${new URL(url).origin}/token` })

    it.each<[string, Answer]>([
      ["is unreachable", () => Promise.reject(networkFailure("ECONNREFUSED"))],
      ["names another issuer", foreign],
    ])("B21 goes on with the last good copy when discovery %s later", async (_name, answer) => {
      const { evergrant, clock, provider, spent, handle } = await expired()
      await evergrant.getAccessToken(handle)
      await clock.advance(3600 / 3)
      provider.always("discovery", answer)

      expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())

      expect(provider.requests("discovery").length).toBeGreaterThan(1)
      expect(spent()).toHaveLength(2)
    })

    it("B21 refuses another issuer from the start, spends nothing and signs nobody out", async () => {
      const scene = await createScene()
      const { evergrant, clock, provider, spent, told } = scene
      provider.always("discovery", foreign)
      const handle = await scene.signIn()
      await clock.advance(afterExpiry)

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      expect(spent()).toEqual([])
      expect(told("provider.misconfigured")).toMatchObject([{ code: "issuer_mismatch" }])
      provider.always("discovery", undefined)
      await expectRecovery({ ...scene, handle })
    })

    it("B21 waits for a provider that is down from the start", async () => {
      const scene = await createScene()
      const { evergrant, clock, provider } = scene
      provider.always("discovery", () => Promise.reject(networkFailure("ENOTFOUND")))
      const handle = await scene.signIn()
      await clock.advance(afterExpiry)

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      expect((await scene.grant(handle)).intent).toBeNull()
      provider.always("discovery", undefined)
      await expectRecovery({ ...scene, handle })
    })
  })
})
