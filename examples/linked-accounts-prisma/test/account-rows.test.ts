/** Article 2: the row of a linked account holds the newest tokens, whatever brought them. */
import { expect, it } from "vitest"
import { describeExample } from "./scene.ts"

await describeExample("the account row", ["jwt", "database"], (scene) => {
  it("equals the newest tokens after sign-in, second sign-in, three refreshes and an update", async () => {
    const { provider, signedIn, row, newest } = scene()
    const browser = await signedIn()
    const seen = [await row()]
    expect(seen[0]).toEqual(await newest())

    await browser.signIn(provider, "alice")
    expect(await row()).toEqual(await newest())
    seen.push(await row())

    for (const plan of ["free", "free", "free", "gold"]) {
      await provider.setAttributes("alice", { plan })
      const { body } = await browser.postJson("/api/user/update")
      expect(body).toMatchObject({ claims: { plan } })
      expect(await row()).toEqual(await newest())
      seen.push(await row())
    }
    await provider.setAttributes("alice", { plan: "free" })
    // Each of the six brought tokens of its own, or the equalities would say nothing.
    expect(new Set(seen.map(({ access_token }) => access_token)).size).toBe(6)
    expect(new Set(seen.map(({ refresh_token }) => refresh_token)).size).toBe(6)
  })

  it("is the newest of two browsers, and a live one's after one of them signs out", async () => {
    const { signedIn, row, newest } = scene()
    const laptop = await signedIn("alice")
    const laptopRow = await row()
    const phone = await signedIn("alice")
    expect(await row()).not.toEqual(laptopRow)
    expect(await row()).toEqual(await newest())
    const phoneRow = await row()
    await laptop.postJson("/api/user/update")
    expect(await row()).not.toEqual(phoneRow)
    await laptop.signOut()
    expect(await row()).toEqual(phoneRow)
    expect(await row()).toEqual(await newest())
    expect((await phone.getJson("/api/me")).status).toBe(200)
  })
})
