/** Row A18: a platform that freezes a process after its response, unless it is asked to wait. */
import { describe, expect, it } from "vitest"
import type { RefreshOptions } from "../../src/evergrant.ts"
import { createGate, createScene, type Scene } from "./scene/scene.ts"
import { invalidGrant, networkFailure } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

async function signedIn(seconds: number, refresh: RefreshOptions): Promise<Scene & { handle: string }> {
  const scene = await createScene({ refresh })
  const handle = await scene.signIn()
  await scene.clock.advance(seconds)
  return { ...scene, handle }
}

describe("work that outlives the response", () => {
  it("A18 is handed to the platform when the token request outlives its caller", async () => {
    const deferred: Promise<unknown>[] = []
    const { evergrant, clock, provider, grant, handle } = await signedIn(301, {
      defer: (work) => deferred.push(work),
    })
    const reached = createGate()
    const answer = createGate()
    provider.once("token", async (request) => {
      reached.open()
      await answer.passed
      return provider.usual(request)
    })
    const caller = evergrant.getAccessToken(handle).catch((error: unknown) => error)
    await reached.passed
    await clock.advance(4.1)
    expect(await caller).toMatchObject({ code: "provider_unavailable" })
    expect(deferred).toHaveLength(1)
    answer.open()

    await Promise.all(deferred)

    expect((await grant(handle)).generation).toBe(2)
  })

  it("A18 never fails in the platform's hands", async () => {
    const deferred: Promise<unknown>[] = []
    const { evergrant, fail, handle } = await signedIn(301, { defer: (work) => deferred.push(work) })
    fail("beginRefresh")
    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "store_unavailable" })

    expect(await Promise.allSettled(deferred)).toEqual([{ status: "fulfilled", value: undefined }])
  })

  it("A18 includes the writing of tokens that the store did not take", async () => {
    const deferred: Promise<unknown>[] = []
    const { evergrant, clock, fail, grant, replaced, handle } = await signedIn(301, {
      defer: (work) => deferred.push(work),
    })
    fail("commitRefresh")
    await evergrant.getAccessToken(handle)
    delete replaced.commitRefresh

    await clock.runUntilDone(Promise.all(deferred))

    expect((await grant(handle)).generation).toBe(2)
  })
})

describe("where nothing may be left to do after the response", () => {
  it("A18 waits for a refresh ahead, and serves what it brought", async () => {
    const { evergrant, clock, handle, spent } = await signedIn(285, { inline: true })

    const reading = await evergrant.readSession(handle)

    expect(reading.status === "session" && reading.view.grants[0]?.generation).toBe(2)
    expect((await evergrant.getAccessToken(handle)).expiresAt).toBe(clock.now() + 300)
    expect(spent()).toHaveLength(1)
  })

  it("A18 serves the good token when the refresh takes too long, or fails", async () => {
    const { evergrant, clock, provider, fail, handle } = await signedIn(285, { inline: true })
    const old = clock.now() + 15
    provider.once("token", () => {
      throw networkFailure("ECONNREFUSED")
    })
    expect((await evergrant.getAccessToken(handle)).expiresAt).toBe(old)
    await clock.advance(2)
    fail("beginRefresh", 1)
    expect((await evergrant.getAccessToken(handle)).expiresAt).toBe(old)

    provider.once("token", () => new Promise(() => {}))
    const late = evergrant.getAccessToken(handle)
    await until(() => provider.requests("token").length === 2)
    await clock.advance(4.1)
    expect((await late).expiresAt).toBe(old)
  })

  it("A18 notices the end of the provider's session before it answers", async () => {
    const { evergrant, provider, handle } = await signedIn(285, { inline: true })
    provider.once("token", invalidGrant)

    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
      code: "signed_out",
      reason: "provider_session_ended",
    })
  })

  it("A18 waits for nothing where work may go on", async () => {
    const { evergrant, clock, handle } = await signedIn(285, {})

    expect((await evergrant.getAccessToken(handle)).expiresAt).toBe(clock.now() + 15)
  })
})
