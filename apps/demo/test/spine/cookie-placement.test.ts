/** `EVERGRANT_STORE=cookie:`: the contract without a store, in a real Next.js. */
import { expect, it } from "vitest"
import { type Browser, textOf } from "../browser.ts"
import { providerEnvironment, startDemo } from "../start-demo.ts"
import { clockPassed, describeDemo, figure, isUsable, tokenOf } from "./scene.ts"

const life = 4
const prefix = "authjs.session-token"

function sessionNames(browser: Browser): string[] {
  return browser.jar
    .header(browser.app)
    .split("; ")
    .map((pair) => pair.split("=")[0] ?? "")
    .filter((name) => name.startsWith(prefix))
    .sort()
}

async function tokenOfPage(browser: Browser): Promise<{ accessToken: string; expiresAt: number }> {
  const { html } = await browser.open("/rsc/token")
  const [, text = "{}"] = /<pre id="token">([^<]*)<\/pre>/.exec(html) ?? []
  return JSON.parse(text.replaceAll("&quot;", '"'))
}

await describeDemo("without a store", { stores: ["cookie"] }, (scene) => {
  it("proxy, page and the browser's new cookie of one navigation have the same tokens", async () => {
    const { provider, signedIn, demos } = scene()
    await provider.setLifetimes({ accessToken: life })
    const browser = await signedIn()
    const first = await tokenOf(browser)
    await clockPassed(first.expiresAt + 1)
    await provider.setLifetimes({ accessToken: 300 })
    await provider.resetCounters()

    const page = await tokenOfPage(browser)

    expect(page.accessToken).not.toBe(first.accessToken)
    expect(await isUsable(provider, page.accessToken)).toBe(true)
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    expect((await tokenOf(browser)).accessToken).toBe(page.accessToken)
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    expect(demos[0]?.output()).not.toContain(page.accessToken.slice(-40))
  })

  it("server actions write the cookie, and the answering page shows what they changed", async () => {
    const { provider, signedIn } = scene()
    const browser = await signedIn("bob")
    const names = sessionNames(browser)
    expect(names.length).toBeGreaterThan(1)
    const { length } = browser.jar.header(browser.app)
    expect(length).toBeLessThan(16_000)
    figure(`${provider.kind}: the Cookie header without a store is ${length} bytes, ${names.length} chunks`)
    await provider.setAttributes("bob", { plan: "gold" })
    try {
      const after = await browser.submit(await browser.open("/"), "Update from the provider")
      expect(textOf(after, "plan")).toBe("gold")
      expect(textOf(after, "generation")).toBe("2")
    } finally {
      await provider.setAttributes("bob", { plan: "free" })
    }
    expect((await browser.postJson("/api/onboarding", { step: "COMPLETED" })).status).toBe(200)
    expect((await browser.open("/app")).url).toBe(`${browser.app}/app`)
    expect(sessionNames(browser)).toEqual(names)
    expect((await browser.getJson("/api/me")).body).toMatchObject({
      generation: 2,
      data: { step: "COMPLETED" },
    })
  })

  it("signs out here and at the provider", async () => {
    const { signedIn } = scene()
    const browser = await signedIn()
    const copy = browser.copy()
    const page = await browser.submit(await browser.open("/"), "Sign out")
    expect(page.html).toContain("Signed out here and at the provider.")
    expect(sessionNames(browser)).toEqual([])
    expect(await copy.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "signed_out" } })
  })

  it("a restart signs nobody out whose cookie is the newest", async () => {
    const { provider, signedIn, demos, secret } = scene()
    const browser = await signedIn("bob")
    await browser.postJson("/api/user/update")
    expect(await demos[0]?.stop()).toBe(0)
    const restarted = await startDemo({
      ...providerEnvironment(provider),
      PORT: new URL(browser.app).port,
      AUTH_SECRET: secret,
      DEMO_EXPOSE_TOKENS: "1",
      EVERGRANT_STORE: "cookie:",
    })
    try {
      expect((await browser.getJson("/api/me")).body).toMatchObject({ generation: 2 })
      expect(await browser.postJson("/api/user/update")).toMatchObject({
        status: 200,
        body: { generation: 3 },
      })
      expect(restarted.output().match(/cookieStore\(\)/g)).toHaveLength(1)
    } finally {
      await restarted.stop()
    }
  })
})
