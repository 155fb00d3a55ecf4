/** One grant, one refresh: fifty requests at expiry, in one process and in two. */
import { expect, it } from "vitest"
import type { Browser } from "../browser.ts"
import { clockPassed, describeDemo, figure, isUsable, type Scene, tokenOf } from "./scene.ts"

const sessions = 10
const requests = 50
const life = 6

async function expireTogether(browsers: readonly Browser[]): Promise<void> {
  const expiries = await Promise.all(browsers.map(async (browser) => (await tokenOf(browser)).expiresAt))
  await clockPassed(Math.max(...expiries) + 1)
}

async function stampede(scene: Scene): Promise<void> {
  const { provider, demos } = scene
  await provider.setLifetimes({ accessToken: life })
  const browsers: Browser[] = []
  for (let count = 0; count < sessions; count += 1) browsers.push(await scene.signedIn())
  await expireTogether(browsers)

  let lost = 0
  for (const browser of browsers) {
    await provider.resetCounters()
    const answers = await Promise.all(
      Array.from({ length: requests }, (_, index) => {
        const { url } = demos[index % demos.length] ?? { url: "" }
        return browser.getJson(`${url}/api/token`)
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200))
    const distinct = [...new Set(answers.map(({ body }) => String(body.accessToken)))]
    expect(await Promise.all(distinct.map((token) => isUsable(provider, token)))).toEqual([true])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  }

  for (const expiry of [1, 2]) {
    await expireTogether(browsers)
    for (const browser of browsers) {
      const { status, body } = await browser.getJson("/api/token")
      const alive = status === 200 && (await isUsable(provider, String(body.accessToken)))
      if (!alive) lost += 1
    }
    expect(lost, `lost after expiry ${expiry}`).toBe(0)
  }
  figure(
    `${provider.kind}, ${demos.length} process(es): ${sessions} sessions x ${requests} parallel, 1 refresh each, ${lost} lost two expiries later`,
  )
}

await describeDemo("50 parallel requests at expiry", {}, (scene) => {
  it("are one refresh, give usable tokens, and the session lives on", () => stampede(scene()))
})

await describeDemo("50 parallel requests at expiry", { stores: ["sqlite"], processes: 2 }, (scene) => {
  it("are one refresh in two processes on one file, too", () => stampede(scene()))
})
