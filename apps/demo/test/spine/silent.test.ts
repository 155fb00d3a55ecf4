/** After a lost rotation a page navigation brings the user back, by one round trip to the provider that nobody sees. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { connectBareClient } from "../../../../packages/evergrant/test/providers/bare-client.ts"
import { describeEachProvider } from "../../../../packages/evergrant/test/providers/each-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import type { Browser } from "../browser.ts"
import { navigate } from "../navigate.ts"
import { eventually, figure, type Scene, type Strategy, startScene, stopScene } from "./scene.ts"

const ports = [await freePort()]

describeEachProvider("a lost rotation", `http://localhost:${ports[0]}`, (provider) => {
  describe.each<Strategy>(["jwt", "database"])("sqlite store, %s strategy", (strategy) => {
    const folder = mkdtempSync(join(tmpdir(), "evergrant-silent-"))
    const loseNext = join(folder, "lose-next-answer")
    let scene: Scene
    beforeAll(async () => {
      const environment = {
        NODE_OPTIONS: `--import=${import.meta.dirname}/lose-answers.mjs`,
        LOSE_NEXT_ANSWER: loseNext,
      }
      const about = { provider: provider(), second: undefined, strategy, ports, environment }
      scene = await startScene({ ...about, store: "sqlite" })
    })
    afterAll(async () => {
      await stopScene(scene)
      rmSync(folder, { recursive: true })
    })

    /** Signs in and loses a rotation, up to the answer that says so. */
    async function lost(username: string): Promise<Browser> {
      const browser = await scene.signedIn(username)
      writeFileSync(loseNext, "")
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
    async function visit(browser: Browser, path: string): Promise<{ url: string; html: string }> {
      const there = await navigate(browser, path)
      if (new URL(there.url).origin === browser.app) return there
      expect(new URL(there.url).searchParams.get("prompt")).toBe("none")
      return browser.comeBack(provider(), "nobody", there.url)
    }

    it("A10 comes back signed in as the same user, to the same page, and refreshes again", async () => {
      await provider().resetCounters()
      const browser = await lost("alice")
      const offered = await browser.getJson("/api/auth/evergrant/session")
      expect(offered.body).toMatchObject({ reason: "rotation_lost", silent: "/api/auth/evergrant/silent" })
      const back = await visit(browser, "/session-client?from=here")
      expect(back).toMatchObject({ url: `${browser.app}/session-client?from=here` })
      expect((await browser.getJson("/api/me")).body).toMatchObject({
        claims: { preferred_username: "alice" },
      })
      expect((await browser.postJson("/api/user/update")).status).toBe(200)
      expect(await provider().refreshes()).toEqual({ succeeded: 2, refused: 1 })
      figure(`${provider().kind}, ${strategy}: healed by one silent redirect, 1 refused token request`)
    })

    it("A10 says so when nobody is signed in at the provider any more, and asks no second time", async () => {
      const browser = await lost("bob")
      const client = await connectBareClient(provider(), `${browser.app}/api/auth/callback/oidc`)
      await provider().endSessions("bob")
      const back = await visit(browser, "/")
      expect(back).toMatchObject({ url: `${browser.app}/` })
      expect(back.html).toContain("an answer of the provider was lost")
      expect((await browser.getJson("/api/me")).body).toEqual({
        error: "signed_out",
        reason: "rotation_lost",
      })
      expect((await navigate(browser, "/")).url).toBe(`${browser.app}/`)
      const still = await client.authorize("nobody", browser.jar, { prompt: "none" })
      expect(still.get("error")).toBe("login_required")
    })
  })
})
