/** Rows A9 to A12: what a holder does that is too slow for its lease, and what it makes of notes of its own process. */
import { expect, it } from "vitest"
import { forgetProcessWide } from "../../src/process-wide.ts"
import { expire } from "./scene/expired.ts"
import { createGate, createScene, enterAnotherProcess } from "./scene/scene.ts"
import { invalidGrant, networkFailure } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

it("A12 stops before its note where its lease has gone to somebody else, and takes the other's result", async () => {
  const scene = await expire(await createScene())
  const { evergrant, again, clock, provider, replaced, store, spent, grant, handle } = scene
  const real = await store()
  let owner = ""
  replaced.acquireLease = (name, wanted, duration) => {
    owner ||= wanted
    return real.acquireLease(name, wanted, duration)
  }
  enterAnotherProcess()
  forgetProcessWide(`metadata ${provider.issuer} `)
  const asked = createGate()
  const metadata = createGate()
  provider.once("discovery", async (request) => {
    asked.open()
    await metadata.passed
    return provider.usual(request)
  })
  const slow = again({})
    .getAccessToken(handle)
    .catch((error: unknown) => error)
  await asked.passed
  // As when it was frozen, and the time of its lease went by.
  const { loginId, provider: id, providerAccountId } = await grant(handle)
  await real.releaseLease(
    `refresh ${JSON.stringify([scene.namespace, loginId, id, providerAccountId])}`,
    owner,
  )
  enterAnotherProcess()
  const answer = createGate()
  provider.once("token", async (request) => {
    await answer.passed
    return provider.usual(request)
  })
  const quick = evergrant.getAccessToken(handle).catch((error: unknown) => error)
  await until(() => spent().length === 1)
  const noted = (await grant(handle)).intent?.owner
  await clock.advance(5)

  metadata.open()
  await until(() => clock.waiting().some((delay) => delay < 0.25))
  await clock.advance(2)

  expect((await grant(handle)).intent?.owner).toBe(noted)
  expect(spent()).toEqual(["refresh-1"])
  answer.open()
  await clock.runUntilDone(Promise.all([slow, quick]))
  await clock.runUntilDone(until(async () => (await grant(handle)).generation === 2))
  expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
  expect(spent()).toEqual(["refresh-1"])
})

it("A10 tells a rotation that this process has lost at once, without waiting for itself", async () => {
  const { evergrant, clock, provider, spent, handle } = await expire(await createScene())
  provider.once("token", async (request) => {
    await provider.usual(request)
    throw networkFailure("ECONNRESET")
  })
  await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })
  await clock.advance(1.1)
  provider.once("token", invalidGrant)

  await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "rotation_lost" })

  expect(spent()).toHaveLength(2)
})
