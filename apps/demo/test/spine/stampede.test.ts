/** One grant, one refresh: fifty requests at expiry, in one process and in two. */
import { expect, it } from "vitest"
import type { Browser } from "../browser.ts"
import { clockPassed, describeDemo, figure, isUsable, type Scene, tokenOf } from "./scene.ts"

const sessions = 10
const requests = 50
const life = 6

/** A browser and when the token expires that it was given last: nobody asks in between, so none is renewed ahead. */
interface Holder {
  browser: Browser
  expiresAt: number
}

async function expired(holders: readonly Holder[]): Promise<void> {
  await clockPassed(Math.max(...holders.map(({ expiresAt }) => expiresAt)) + 1)
}

async function stampede(scene: Scene): Promise<void> {
  const { provider, strategy, demos } = scene
  await provider.setLifetimes({ accessToken: life })
  const holders: Holder[] = []
  for (let count = 0; count < sessions; count += 1) {
    const browser = await scene.signedIn()
    holders.push({ browser, expiresAt: (await tokenOf(browser)).expiresAt })
  }
  await expired(holders)

  for (const holder of holders) {
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

  for (const expiry of [1, 2]) {
    await expired(holders)
    for (const holder of holders) {
      const { accessToken, expiresAt } = await tokenOf(holder.browser)
      expect(await isUsable(provider, accessToken), `after expiry ${expiry}`).toBe(true)
      holder.expiresAt = expiresAt
    }
  }
  figure(
    `${provider.kind}, ${strategy}, ${demos.length} process(es): ${sessions} sessions x ${requests} parallel, 1 refresh each, 0 lost two expiries later`,
  )
}

await describeDemo("50 parallel requests at expiry", {}, (scene) => {
  it("are one refresh, give usable tokens, and the session lives on", () => stampede(scene()))
})

await describeDemo("50 parallel requests at expiry", { stores: ["sqlite"], processes: 2 }, (scene) => {
  it("are one refresh in two processes on one file, too", () => stampede(scene()))
})
