/** Rows A9 and B7 where the provider is known to accept a refresh token twice within a time, and where it is not. */
import { describe, expect, it } from "vitest"
import { createScene, enterAnotherProcess, type Scene } from "./scene/scene.ts"
import { type Answer, networkFailure, silence } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

async function expired(reuseWindow?: number): Promise<Scene & { handle: string }> {
  const scene = await createScene()
  const { provider } = scene
  provider.tolerateReuse = reuseWindow !== undefined
  const config = { issuer: provider.issuer, clientId: provider.clientId, clientSecret: "client-secret" }
  const evergrant = scene.again({
    providers: (id) => ({ id, ...config, ...(reuseWindow === undefined ? {} : { reuseWindow }) }),
  })
  const handle = await scene.signIn()
  await scene.clock.advance(301)
  return { ...scene, evergrant, handle }
}

/** The provider rotates, and its answer is lost on the way. */
const answerLost =
  ({ provider }: Scene): Answer =>
  async (request) => {
    await provider.usual(request)
    throw networkFailure("ECONNRESET")
  }

describe("a provider with a reuse window", () => {
  it("B7 is asked once more, at once, when an answer was lost: the caller notices nothing", async () => {
    const scene = await expired(30)
    const { evergrant, clock, provider, grant, spent, told, handle } = scene
    provider.once("token", answerLost(scene))

    const answer = await evergrant.getAccessToken(handle)

    expect(answer.expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect(told("tokens.recovered")).toHaveLength(1)
    expect((await grant(handle)).generation).toBe(2)
    expect((await grant(handle)).intent).toBeNull()
  })

  it("B7 is not asked a third time", async () => {
    const scene = await expired(30)
    const { evergrant, provider, grant, spent, told, handle } = scene
    provider.once("token", answerLost(scene))
    provider.once("token", answerLost(scene))

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect((await grant(handle)).intent).not.toBeNull()
    expect(told("session.ended")).toEqual([])
  })

  it("B7 keeps the note when the second request did not get through", async () => {
    const scene = await expired(30)
    const { evergrant, provider, grant, handle } = scene
    provider.once("token", answerLost(scene))
    provider.once("token", () => {
      throw networkFailure("ECONNREFUSED")
    })

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

    expect((await grant(handle)).intent).not.toBeNull()
  })

  it("B7 is not asked again after the window, nor when nothing was sent", async () => {
    const { evergrant, clock, provider, spent, told, handle } = await expired(30)
    provider.once("token", silence)
    const waiting = evergrant.getAccessToken(handle).catch((error: unknown) => error)
    await until(() => spent().length === 1)
    await clock.advance(61)
    await until(() => told("refresh.failed").length === 1)
    expect(await waiting).toMatchObject({ code: "provider_unavailable" })
    expect(spent()).toHaveLength(1)

    provider.once("token", () => {
      throw networkFailure("ECONNREFUSED")
    })
    await clock.advance(10)
    await evergrant.getAccessToken(handle).catch(() => {})
    expect(spent()).toHaveLength(2)
  })

  it("B7 that is strict after all ends the login as a lost rotation, not as the user's own end", async () => {
    const scene = await expired(30)
    const { evergrant, provider, spent, handle } = scene
    provider.tolerateReuse = false
    provider.once("token", answerLost(scene))

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "rotation_lost" })

    expect(spent()).toHaveLength(2)
  })

  it("A9 gives the next process what a crashed one had received, once its lease is over", async () => {
    const scene = await expired(30)
    const { evergrant, clock, provider, replaced, spent, told, handle } = scene
    replaced.renewLease = () => new Promise(() => {})
    provider.once("token", async (request) => {
      await provider.usual(request)
      return new Promise<Response>(() => {})
    })
    const victim = evergrant.getAccessToken(handle).catch((error: unknown) => error)
    await until(() => spent().length === 1)
    enterAnotherProcess()
    await clock.advance(11)
    await victim

    const answer = await clock.runUntilDone(evergrant.getAccessToken(handle))

    expect(answer.expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect(told("tokens.recovered")).toHaveLength(1)
  })
})

describe("a provider without one", () => {
  it("B7 is never asked twice at once", async () => {
    const scene = await expired()
    const { evergrant, provider, spent, handle } = scene
    provider.once("token", answerLost(scene))

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

    expect(spent()).toEqual(["refresh-1"])
  })
})
