/** In a real browser: `useSession().update({})` of next-auth/react, and the main path by mouse. */
import { spawnSync } from "node:child_process"
import { type Browser, chromium } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { describeDemo } from "./scene.ts"

const executablePath = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).stdout.trim()
const skip = process.env.EVERGRANT_SKIP_CHROMIUM === "1" || executablePath === ""

await describeDemo("in Chromium", { stores: ["sqlite"] }, (scene) => {
  describe.skipIf(skip)("a person", () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
        ],
      })
    })
    afterAll(() => browser?.close())

    it("signs in, updates by useSession().update({}), and signs out everywhere", async () => {
      const { provider, demos } = scene()
      await provider.setLifetimes({ accessToken: 300 })
      const page = await browser.newPage()
      const problems: string[] = []
      page.on("pageerror", (error) => problems.push(error.message))
      await page.goto(demos[0]?.url ?? "")
      await page.getByRole("button", { name: "Sign in with the provider" }).click()
      await page.locator('input[name="username"]').fill("alice")
      await page.locator('input[name="password"]').fill("alice")
      await page.locator('input[name="password"]').press("Enter")
      await page.waitForURL(`${demos[0]?.url}/`)
      await page.goto(`${demos[0]?.url}/session-client`)
      await provider.setAttributes("alice", { plan: "diamond" })
      await page.getByRole("button").first().click()
      await page.getByTestId("client-plan").filter({ hasText: "diamond" }).waitFor()
      await page.goto(`${demos[0]?.url}/`)
      expect(await page.getByTestId("plan").textContent()).toBe("diamond")
      await page.getByRole("button", { name: "Sign out" }).click()
      await page.getByText("Signed out here and at the provider").waitFor()
      await page.getByRole("button", { name: "Sign in with the provider" }).click()
      // The provider asks for the password again: its session is over, too.
      await page.locator('input[name="password"]').waitFor()
      expect(problems).toEqual([])
      await page.close()
    })
  })
})
