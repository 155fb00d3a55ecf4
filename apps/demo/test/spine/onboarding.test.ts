/** Article 4: onboarding opens the guarded pages at once, without a new sign-in and without a bypass. */
import { expect, it } from "vitest"
import type { Browser } from "../browser.ts"
import { describeDemo, type Scene } from "./scene.ts"

async function guestIn(scene: Scene): Promise<Browser> {
  const browser = scene.browser()
  await browser.postAuthForm("/api/auth/callback/guest", {
    name: "Mallory",
    id: "oidc:alice",
    step: "COMPLETED",
  })
  return browser
}

await describeDemo("onboarding", {}, (scene, strategy) => {
  for (const [who, signIn] of [
    ["a user of the provider", () => scene().signedIn()],
    // Auth.js keeps whoever is in no table of users in a cookie only.
    ...(strategy === "jwt" ? [["a guest without a grant", () => guestIn(scene())] as const] : []),
  ] as const) {
    it(`opens /app to ${who} in the next navigation`, async () => {
      const browser = await signIn()
      expect((await browser.open("/app")).url).toContain("/onboarding")
      const refused = await browser.postJson("/api/onboarding", { step: "ADMIN" })
      expect(refused).toMatchObject({ status: 400, body: { error: "patch_invalid" } })
      expect((await browser.getJson("/api/me")).body.data).toMatchObject({ step: "START" })

      const answer = await browser.postJson("/api/onboarding", { step: "COMPLETED" })

      expect(answer).toMatchObject({ status: 200, body: { data: { step: "COMPLETED" } } })
      expect((await browser.request("/app")).headers.get("x-demo-step")).toBe("COMPLETED")
      expect((await browser.open("/app")).url).toMatch(/\/app$/)
    })
  }

  it("cannot be finished by the browser itself, which may write its theme", async () => {
    const browser = await scene().signedIn("bob")
    const refused = await browser.postJson("/api/auth/evergrant/patch", { step: "COMPLETED" })
    expect(refused).toMatchObject({ status: 400, body: { error: "patch_not_allowed" } })
    const mixed = await browser.postJson("/api/auth/evergrant/patch", { theme: "dark", step: "COMPLETED" })
    expect(mixed.status).toBe(400)
    expect((await browser.getJson("/api/me")).body.data).toEqual({ step: "START", theme: "light" })
    const allowed = await browser.postJson("/api/auth/evergrant/patch", { theme: "dark" })
    expect(allowed).toMatchObject({ status: 200, body: { data: { theme: "dark" } } })
  })

  it("is still done at the next sign-in, and on the second device at once", async () => {
    const laptop = await scene().signedIn("bob")
    const phone = await scene().signedIn("bob")
    await laptop.postJson("/api/onboarding", { step: "COMPLETED" })
    expect((await phone.open("/app")).url).toMatch(/\/app$/)
    await laptop.signOut()
    expect((await (await scene().signedIn("bob")).open("/app")).url).toMatch(/\/app$/)
  })

  if (strategy === "database") {
    it("there are no guests where sessions are rows", async () => {
      const page = await scene().browser().open("/")
      expect(page.html).toContain("Sign in with the provider")
      expect(page.html).not.toContain("guest")
      const browser = await guestIn(scene())
      expect((await browser.getJson("/api/me")).status).toBe(401)
    })
    return
  }

  it("a guest has no token to give", async () => {
    const browser = await guestIn(scene())
    expect(await browser.getJson("/api/token")).toMatchObject({ status: 409, body: { error: "no_grant" } })
    const { body } = await browser.getJson("/api/me")
    expect((body.user as { id: string }).id).not.toBe("oidc:alice")
  })
})
