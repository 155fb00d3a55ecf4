/** Article 1: what changed at the provider, in the same answer and in the next decision of the proxy. */
import { expect, it } from "vitest"
import { textOf } from "../browser.ts"
import { describeDemo } from "./scene.ts"

await describeDemo("an update from the provider", { stores: ["sqlite"] }, (scene) => {
  it("shows attribute, name and role in the answer, in /api/me and to the proxy", async () => {
    const { provider, signedIn } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const browser = await signedIn()
    const before = await browser.getJson("/api/me")
    await provider.setAttributes("alice", { plan: "platinum" })
    await provider.setProfile("alice", { givenName: "Alicia" })
    await provider.setRoles("alice", ["editor", "auditor"])

    const answer = await browser.postJson("/api/user/update")

    const expected = {
      plan: "platinum",
      given_name: "Alicia",
      "realm_access.roles": expect.arrayContaining(["editor", "auditor"]),
    }
    expect(answer).toMatchObject({ status: 200, body: { claims: expected, generation: 2 } })
    expect(answer.body.version).toBeGreaterThan(Number(before.body.version))
    expect(answer.body.user).toMatchObject({ name: expect.stringContaining("Alicia") })
    expect((await browser.getJson("/api/me")).body.claims).toMatchObject(expected)
    expect((await browser.request("/")).headers.get("x-demo-plan")).toBe("platinum")
    const { body } = answer
    for (const reserved of ["sub", "iat", "exp", "nbf", "jti", "iss", "aud"]) {
      expect(body.claims).not.toHaveProperty(reserved)
    }
    expect((await browser.getJson("/api/me")).body.user).toMatchObject({
      id: (before.body.user as { id: string }).id,
    })
  })

  it("shows it in the page that the very same server action renders", async () => {
    const { provider, signedIn } = scene()
    const browser = await signedIn("bob")
    const page = await browser.open("/")
    await provider.setAttributes("bob", { plan: "silver" })
    const updated = await browser.submit(page, "Update from the provider")
    expect(textOf(updated, "plan")).toBe("silver")
  })

  it("is what Auth.js's own update means, and its payload is not believed", async () => {
    const { provider, signedIn } = scene()
    const browser = await signedIn("bob")
    const { body: before } = await browser.getJson("/api/me")
    await provider.setAttributes("bob", { plan: "bronze" })
    const { body: csrf } = await browser.getJson("/api/auth/csrf")
    const data = {
      plan: "admin",
      step: "COMPLETED",
      theme: "dark",
      user: { id: "somebody" },
      claims: { plan: "x" },
    }
    const answer = await browser.postJson("/api/auth/session", { csrfToken: csrf.csrfToken, data })
    expect(answer).toMatchObject({
      status: 200,
      body: { claims: { plan: "bronze" }, data: { theme: "dark" } },
    })
    const { body } = await browser.getJson("/api/me")
    expect(body).toMatchObject({ claims: { plan: "bronze" }, data: { step: "START", theme: "dark" } })
    expect((body.user as { id: string }).id).toBe((before.user as { id: string }).id)
  })

  it.each([
    ["no header", { "x-evergrant": "0" }],
    ["a foreign origin", { origin: "https://evil.example" }],
  ])("is refused with %s, and the provider is not asked", async (_, headers) => {
    const { provider, signedIn } = scene()
    const browser = await signedIn("bob")
    await provider.resetCounters()
    for (const path of ["/api/user/update", "/api/auth/evergrant/refresh"]) {
      expect(await browser.postJson(path, {}, headers)).toMatchObject({
        status: 403,
        body: { error: "cross_site" },
      })
    }
    expect(await provider.refreshes()).toEqual({ succeeded: 0, refused: 0 })
  })
})
