/** After a lost rotation a page navigation brings the user back, by one round trip to the provider that nobody sees. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { connectBareClient } from "../../../../packages/evergrant/test/providers/bare-client.ts"
import { describeEachProvider } from "../../../../packages/evergrant/test/providers/each-provider.ts"
import type { EmbeddedTestProvider } from "../../../../packages/evergrant/test/providers/embedded.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import type { Browser, Page } from "../browser.ts"
import { createLossyProvider, type LossyProvider } from "./lossy-proxy.ts"
import { eventually, figure, type Scene, type Strategy, startScene, stopScene } from "./scene.ts"

const ports = [await freePort()]
const page = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }

describeEachProvider("a lost rotation", `http://localhost:${ports[0]}`, (provider) => {
  describe.each<Strategy>(["jwt", "database"])("sqlite store, %s strategy", (strategy) => {
    let lossy: LossyProvider
    let scene: Scene
    beforeAll(async () => {
      lossy = await createLossy(provider())
      const about = { provider: lossy.provider, second: undefined, strategy, store: "sqlite" as const, ports }
      scene = await startScene(about)
    })
    afterAll(async () => {
      await stopScene(scene)
      await lossy.close()
    })

    /** Signs in and loses a rotation, up to the answer that says so. */
    async function lost(username: string): Promise<Browser> {
      const browser = await scene.signedIn(username)
      lossy.loseNext()
      expect((await browser.postJson("/api/user/update")).status).toBe(503)
      const { body } = await eventually(
        "the end of the login",
        () => browser.postJson("/api/user/update"),
        ({ status }) => status !== 503,
      )
      expect(body).toEqual({ error: "signed_out", reason: "rotation_lost" })
      return browser
    }

    /** Goes to a page as a window does, to the provider and back. */
    async function visit(browser: Browser, path: string): Promise<Page> {
      const there = await browser.open(path, { headers: page })
      if (new URL(there.url).origin === browser.app) return there
      expect(new URL(there.url).searchParams.get("prompt")).toBe("none")
      return browser.comeBack(scene.provider, "nobody", there.url)
    }

    it("A10 comes back signed in as the same user, to the same page, and refreshes again", async () => {
      await provider().resetCounters()
      const browser = await lost("alice")
      const offered = await browser.getJson("/api/auth/evergrant/session")
      expect(offered.body).toMatchObject({ reason: "rotation_lost", silent: "/api/auth/evergrant/silent" })
      const back = await visit(browser, "/session-client?from=here")
      expect(back).toMatchObject({ status: 200, url: `${browser.app}/session-client?from=here` })
      expect((await browser.getJson("/api/me")).body).toMatchObject({
        claims: { preferred_username: "alice" },
      })
      expect((await browser.postJson("/api/user/update")).status).toBe(200)
      expect(await provider().refreshes()).toEqual({ succeeded: 2, refused: 1 })
      figure(`${provider().kind}, ${strategy}: healed by one silent redirect, 1 refused token request`)
    })

    it("A10 says so when nobody is signed in at the provider any more, and asks no second time", async () => {
      const browser = await lost("bob")
      const client = await connectBareClient(scene.provider, `${browser.app}/api/auth/callback/oidc`)
      await provider().endSessions("bob")
      const back = await visit(browser, "/")
      expect(back).toMatchObject({ status: 200, url: `${browser.app}/` })
      expect(back.html).toContain("an answer of the provider was lost")
      expect((await browser.getJson("/api/me")).body).toEqual({
        error: "signed_out",
        reason: "rotation_lost",
      })
      expect((await browser.open("/", { headers: page })).url).toBe(`${browser.app}/`)
      const still = await client.authorize("nobody", browser.jar, { prompt: "none" })
      expect(still.get("error")).toBe("login_required")
    })
  })
})

/** The embedded provider loses answers by itself; Keycloak needs a network that does. */
async function createLossy(provider: Scene["provider"]): Promise<LossyProvider> {
  if (!("provider" in provider)) return createLossyProvider(provider)
  const { faults } = (provider as EmbeddedTestProvider).provider
  return {
    provider,
    loseNext: () => faults.set({ kind: "lost-answer", times: 1 }),
    close: async () => faults.clear(),
  }
}
