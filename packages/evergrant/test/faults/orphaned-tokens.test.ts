/** Tokens that arrive after the end of their login, while the store cannot tell why it ended. */
import { expect, it } from "vitest"
import { expire } from "./scene/expired.ts"
import { createScene } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

async function endedMeanwhile(reason: "session_deleted" | "replaced") {
  const scene = await expire(await createScene())
  const { evergrant, provider, fail, handle } = scene
  provider.once("token", async (request) => {
    await evergrant.endLogin(handle, reason)
    fail("readLogin", 2)
    return provider.usual(request)
  })
  await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "store_unavailable" })
  return scene
}

it("A15 are revoked as soon as the store tells", async () => {
  const { clock, provider } = await endedMeanwhile("session_deleted")

  await clock.runUntilDone(until(() => provider.requests("revocation").length > 0))

  expect(provider.requests("revocation").map(({ form }) => form.get("token"))).toEqual(["refresh-3"])
})

it("A15 are spared where a new sign-in has taken the place of the login", async () => {
  const { clock, provider, replaced, store } = await endedMeanwhile("replaced")
  const real = await store()
  let looks = 0
  await clock.advance(2.1)
  replaced.readLogin = async (hash) => {
    looks += 1
    return real.readLogin(hash)
  }
  await clock.advance(2.1)
  await clock.advance(10)

  expect(looks).toBe(1)
  expect(provider.requests("revocation")).toEqual([])
})
