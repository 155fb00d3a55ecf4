/**
 * One grant, one refresh: fifty requests at expiry, in one process and in two. The strategies share the waits for
 * the clock.
 */
import { afterAll, beforeAll, expect, it } from "vitest"
import { describeEachProvider } from "../../../../packages/evergrant/test/providers/each-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import type { Browser } from "../browser.ts"
import { clockPassed, figure, isUsable, type Scene, startScene, stopScene, tokenOf } from "./scene.ts"
import { isMissing } from "./store-place.ts"

const sessions = 10
const requests = 50
const life = 6

/** A browser and when the token expires that it was given last: nobody asks in between, so none is renewed ahead. */
interface Holder {
  scene: Scene
  browser: Browser
  expiresAt: number
}

async function expired(holders: readonly Holder[]): Promise<void> {
  await clockPassed(Math.max(...holders.map(({ expiresAt }) => expiresAt)) + 1)
}

async function signInMany(scenes: readonly Scene[]): Promise<Holder[]> {
  const holders: Holder[] = []
  for (const scene of scenes) {
    for (let count = 0; count < sessions; count += 1) {
      const browser = await scene.signedIn()
      holders.push({ scene, browser, expiresAt: (await tokenOf(browser)).expiresAt })
    }
  }
  return holders
}

async function burst(holder: Holder): Promise<void> {
  const { provider, demos } = holder.scene
  await provider.resetCounters()
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, index) => {
      const { url } = demos[index % demos.length] ?? { url: "" }
      return holder.browser.getJson(`${url}/api/token`)
    }),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200))
  const distinct = [...new Set(answers.map(({ body }) => String(body.accessToken)))]
  expect(await Promise.all(distinct.map((token) => isUsable(provider, token)))).toEqual([true])
  expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  holder.expiresAt = Number(answers[0]?.body.expiresAt)
}

for (const { store, strategies, processes } of [
  { store: "memory", strategies: ["jwt"], processes: 1 },
  // Without a store: /api/token is a route that can write cookies.
  { store: "cookie", strategies: ["jwt"], processes: 1 },
  { store: "sqlite", strategies: ["jwt", "database"], processes: 1 },
  { store: "sqlite", strategies: ["jwt", "database"], processes: 2 },
  { store: "redis", strategies: ["jwt", "database"], processes: 2 },
  { store: "postgres", strategies: ["jwt", "database"], processes: 2 },
] as const) {
  if (isMissing(store)) continue
  const setups: { strategy: Scene["strategy"]; ports: number[] }[] = []
  for (const strategy of strategies) {
    setups.push({ strategy, ports: await Promise.all(Array.from({ length: processes }, () => freePort())) })
  }
  const appUrls = setups.map(({ ports: [first] }) => `http://localhost:${first}`)
  const name = `50 parallel requests at expiry, ${store} store, ${processes} process(es)`

  describeEachProvider(name, appUrls, (provider) => {
    const scenes: Scene[] = []
    beforeAll(async () => {
      for (const setup of setups) {
        scenes.push(await startScene({ provider: provider(), second: undefined, store, ...setup }))
      }
    })
    afterAll(() => Promise.all(scenes.map(stopScene)))

    it(`are one refresh, give usable tokens, and the session lives on (${strategies.join(", ")})`, async () => {
      await provider().setLifetimes({ accessToken: life })
      const holders = await signInMany(scenes)
      await expired(holders)
      for (const holder of holders) await burst(holder)
      for (const expiry of [1, 2]) {
        await expired(holders)
        for (const holder of holders) {
          const { accessToken, expiresAt } = await tokenOf(holder.browser)
          expect(await isUsable(provider(), accessToken), `after expiry ${expiry}`).toBe(true)
          holder.expiresAt = expiresAt
        }
      }
      for (const { strategy, demos } of scenes) {
        figure(
          `${provider().kind}, ${store} store, ${strategy}, ${demos.length} process(es): ${sessions} sessions x ${requests} parallel, 1 refresh each, 0 lost two expiries later`,
        )
      }
    })
  })
}
