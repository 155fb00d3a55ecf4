/** Row B19: the lifetimes shrink towards an end that no refresh moves, as they do at Keycloak's SSO session maximum. */
import { describe, expect, it } from "vitest"
import { flightsLanded } from "../../src/refresh/single-flight.ts"
import { createScene, type Scene } from "./scene/scene.ts"

const sessionLife = 1000
const accessLife = 300

async function nearTheMaximum(): Promise<Scene & { handle: string; secondsLeft: () => number }> {
  const scene = await createScene()
  const { clock, provider } = scene
  const end = clock.now() + sessionLife
  const left = () => end - clock.now()
  provider.lifetimes = { access: accessLife, session: sessionLife }
  provider.always("token", (request) => {
    provider.lifetimes = { access: Math.min(accessLife, left()), session: left() }
    return provider.usual(request)
  })
  return { ...scene, handle: await scene.signIn(), secondsLeft: left }
}

describe("a session with a fixed end", () => {
  it("B19 is not refreshed again when a refresh gains nothing, and is served to its last second", async () => {
    const { evergrant, clock, spent, handle, secondsLeft, told } = await nearTheMaximum()

    while (secondsLeft() > 0) {
      const { expiresAt } = await evergrant.getAccessToken(handle)
      expect(expiresAt).toBeGreaterThan(clock.now())
      await flightsLanded()
      await clock.advance(1)
    }

    // 0 to 300, to 570, to 840, to 1000: the last one reaches the end, and there is nothing more to be had.
    expect(spent()).toHaveLength(3)
    expect(told("session.ended")).toEqual([])
    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
      reason: "provider_session_expired",
    })
  })

  it("B19 is refreshed by force all the same", async () => {
    const { evergrant, clock, spent, handle } = await nearTheMaximum()
    await clock.advance(900)
    await evergrant.getAccessToken(handle)
    await clock.advance(50)
    const before = spent().length

    await evergrant.getAccessToken(handle, { force: true })

    expect(spent()).toHaveLength(before + 1)
  })

  it("B19 is refreshed again when a token without a later end has run out", async () => {
    const { evergrant, clock, provider, signIn, spent } = await createScene()
    provider.lifetimes = { access: 300, session: null }
    const handle = await signIn()
    const end = clock.now() + 300
    provider.once("token", async () =>
      Response.json(await provider.tokens({ expires_in: end - clock.now() })),
    )
    for (let second = 0; second <= 300; second += 1) {
      await evergrant.getAccessToken(handle)
      await flightsLanded()
      await clock.advance(1)
    }

    expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toHaveLength(2)
  })
})
