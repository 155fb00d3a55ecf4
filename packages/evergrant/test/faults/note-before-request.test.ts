/** Rows A11 and A12: nothing is waited for between the note of a refresh and its request. */
import { expect, it } from "vitest"
import type { Evergrant } from "../../src/evergrant.ts"
import { forgetProcessWide } from "../../src/process-wide.ts"
import { createScene, enterAnotherProcess, type Scene } from "./scene/scene.ts"
import { invalidGrant, networkFailure } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

/** The same application in a process that has just started, and knows no metadata. */
function freshProcess({ provider, again }: Scene): Evergrant {
  enterAnotherProcess()
  forgetProcessWide(`metadata ${provider.issuer} `)
  return again({})
}

it("A12 does not send a token that another process spent and replaced while metadata was asked for", async () => {
  const scene = await createScene()
  const { evergrant, clock, provider, signIn, spent, replaced, grant } = scene
  const handle = await signIn()
  await clock.advance(301)
  // The lease keeps nobody apart, as after a holder was frozen.
  replaced.acquireLease = async () => true
  const fresh = freshProcess(scene)
  provider.once("discovery", async (request) => {
    enterAnotherProcess()
    await evergrant.getAccessToken(handle)
    return provider.usual(request)
  })

  const token = await fresh.getAccessToken(handle)

  expect(spent()).toEqual(["refresh-1"])
  expect((await grant(handle)).generation).toBe(2)
  expect(token.expiresAt).toBeGreaterThan(clock.now())
})

it("A8 leaves no note when the provider's metadata could not be had", async () => {
  const scene = await createScene()
  const { clock, provider, signIn, spent, grant } = scene
  const handle = await signIn()
  await clock.advance(301)
  const fresh = freshProcess(scene)
  let noted: unknown
  provider.once("discovery", async () => {
    noted = (await grant(handle)).intent
    throw networkFailure("ECONNRESET")
  })

  await expect(fresh.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

  expect(noted).toBeNull()
  expect(spent()).toEqual([])
})

it("A7 dates the note by when it is written, so that a slow start does not make it look old", async () => {
  const scene = await createScene()
  const { clock, provider, signIn, grant } = scene
  const handle = await signIn()
  await clock.advance(301)
  const fresh = freshProcess(scene)
  provider.once("discovery", async (request) => {
    await clock.advance(3)
    return provider.usual(request)
  })
  let noted: unknown
  provider.once("token", async (request) => {
    noted = (await grant(handle)).intent?.at
    return provider.usual(request)
  })

  await fresh.getAccessToken(handle)

  expect(noted).toBe(clock.now())
})

it("A12 calls it a lost rotation when somebody else has noted the token that is refused", async () => {
  const { evergrant, clock, provider, signIn, store, grant, told } = await createScene()
  const handle = await signIn()
  await clock.advance(301)
  const real = await store()
  provider.once("token", async (request) => {
    const { generation, tokenHash, ...key } = await grant(handle)
    await real.beginRefresh({ grant: key, generation, tokenHash }, { owner: "another", at: clock.now() })
    await provider.usual(request)
    return invalidGrant()
  })

  await clock.runUntilDone(evergrant.getAccessToken(handle).catch(() => {}))
  await clock.runUntilDone(until(() => told("session.ended").length > 0))

  expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "rotation_lost" })
})
