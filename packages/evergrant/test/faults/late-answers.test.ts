/** Rows A14 and A15: a caller is answered in time, and never with a token whose time is over. */
import { describe, expect, it } from "vitest"
import { afterExpiry, expire } from "./scene/expired.ts"
import { createScene } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

describe("a store that is slow", () => {
  it("A15 does not serve a token that expired while it was stored, and gives the next caller another one", async () => {
    const { evergrant, clock, provider, replaced, store, spent, handle } = await expire(await createScene())
    const real = await store()
    provider.lifetimes.access = 2
    replaced.commitRefresh = async (...rotation) => {
      delete replaced.commitRefresh
      await clock.advance(3)
      return real.commitRefresh(...rotation)
    }

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
      code: "provider_unavailable",
      retryAfter: 1,
    })

    expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toHaveLength(2)
  })

  it("A14 counts what a caller has waited for it, when the provider hangs as well", async () => {
    const { evergrant, clock, provider, replaced, store, spent, handle } = await expire(await createScene())
    const real = await store()
    replaced.readLogin = async (hash) => {
      delete replaced.readLogin
      await clock.advance(3)
      return real.readLogin(hash)
    }
    provider.once("token", () => new Promise<Response>(() => {}))
    const told = evergrant.getAccessToken(handle).catch((error: unknown) => error)
    await until(() => spent().length === 1)

    await clock.advance(1.1)

    expect(await told).toMatchObject({ code: "provider_unavailable" })
  })
})

describe("a store that hangs", () => {
  const calls = ["getAccessToken", "readSession", "refreshSession", "getAccessTokenOfUser"] as const
  it.each(calls)("A14 is no reason to keep the caller of %s waiting", async (call) => {
    const { evergrant, clock, replaced, signIn } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)
    replaced.readLogin = () => new Promise(() => {})
    replaced.listLogins = () => new Promise(() => {})
    const started = clock.now()
    const told = (
      call === "getAccessTokenOfUser"
        ? evergrant.getAccessTokenOfUser({ userId: "user-1", provider: "oidc" })
        : evergrant[call](handle)
    ).catch((error: unknown) => error)

    await clock.advance(5)

    expect(await told).toMatchObject({ code: "store_unavailable" })
    expect(clock.now()).toBe(started + 5)
  })
})
