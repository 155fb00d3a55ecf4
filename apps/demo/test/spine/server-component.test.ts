/** A Server Component cannot write a cookie, and needs none: stock Auth.js loses each of these sessions. */
import { expect, it } from "vitest"
import type { Browser } from "../browser.ts"
import { clockPassed, describeDemo, figure, isUsable, tokenOf } from "./scene.ts"

async function tokenOfPage(browser: Browser): Promise<{ accessToken: string; expiresAt: number }> {
  const { html } = await browser.open("/rsc/token")
  const [, text = "{}"] = /<pre id="token">([^<]*)<\/pre>/.exec(html) ?? []
  return JSON.parse(text.replaceAll("&quot;", '"'))
}

await describeDemo("a Server Component at expiry", { stores: ["sqlite"] }, (scene) => {
  it("refreshes alone, 20 of 20 times, and the session lives on", async () => {
    const { provider, strategy, signedIn } = scene()
    await provider.setLifetimes({ accessToken: 4 })
    const browsers: Browser[] = []
    let expiries: number[] = []
    for (let count = 0; count < 20; count += 1) {
      const browser = await signedIn("bob")
      browsers.push(browser)
      expiries.push((await tokenOf(browser)).expiresAt)
    }
    for (const round of [1, 2]) {
      await clockPassed(Math.max(...expiries) + 1)
      const tokens = await Promise.all(browsers.map(tokenOfPage))
      const usable = await Promise.all(tokens.map(({ accessToken }) => isUsable(provider, accessToken)))
      expect(usable.filter(Boolean), `round ${round}`).toHaveLength(20)
      expiries = tokens.map(({ expiresAt }) => expiresAt)
    }
    figure(
      `${provider.kind}, ${strategy}: 20 of 20 loads of /rsc/token alone at expiry usable, again one expiry later`,
    )
  })

  it("shares one refresh with the proxy and the routes of the same navigation", async () => {
    const { provider, signedIn } = scene()
    await provider.setLifetimes({ accessToken: 4 })
    const browser = await signedIn()
    await clockPassed((await tokenOf(browser)).expiresAt + 1)
    await provider.setLifetimes({ accessToken: 60 })
    await provider.resetCounters()
    await Promise.all([
      browser.open("/rsc/token"),
      browser.open("/"),
      browser.getJson("/api/me"),
      browser.getJson("/api/token"),
      browser.getJson("/api/auth/session"),
    ])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  })
})
