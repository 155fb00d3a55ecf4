/** Article 2: the linked account's row always holds the newest tokens, in either session strategy. */
import { expect, it } from "vitest"
import { expectNewest } from "./account-rows.ts"
import { clockPassed, describeDemo, figure, tokenOf } from "./scene.ts"
import { accountTokens } from "./users-database.ts"

await describeDemo("the account row", { stores: ["sqlite"] }, (scene) => {
  it("holds the newest tokens after sign-ins, refreshes and an update at the provider", async () => {
    const { provider, strategy, signedIn } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const browser = await signedIn()
    const { body: me } = await browser.getJson("/api/me")
    const held = [await expectNewest(scene(), browser, "the first sign-in")]

    await browser.signIn(provider, "alice")
    held.push(await expectNewest(scene(), browser, "the second sign-in"))
    expect((await browser.getJson("/api/me")).body.user).toEqual(me.user)

    await provider.setLifetimes({ accessToken: 5 })
    await browser.postJson("/api/user/update")
    const { expiresAt } = await expectNewest(scene(), browser, "a forced refresh")
    await clockPassed(expiresAt)
    await provider.setLifetimes({ accessToken: 300 })
    await tokenOf(browser)
    held.push(await expectNewest(scene(), browser, "a refresh at expiry"))

    await browser.postJson("/api/user/update")
    held.push(await expectNewest(scene(), browser, "another forced refresh"))

    await provider.setAttributes("alice", { plan: "gold" })
    expect(await browser.postJson("/api/user/update")).toMatchObject({ body: { claims: { plan: "gold" } } })
    held.push(await expectNewest(scene(), browser, "an update at the provider"))

    expect(new Set(held.map(({ refreshToken }) => refreshToken)).size).toBe(held.length)
    await browser.signOut()
    figure(
      `${provider.kind}, ${strategy}: the row is the newest after 2 sign-ins, 3 refreshes and an update at the provider`,
    )
  })

  it("is the newest of two browsers, then a live one's, then empty", async () => {
    const { provider, strategy, signedIn, usersFile } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const laptop = await signedIn("bob")
    const first = await expectNewest(scene(), laptop, "the laptop signs in")
    const phone = await signedIn("bob")
    const second = await expectNewest(scene(), laptop, "the phone signs in")
    expect(second.loginId).not.toBe(first.loginId)

    await laptop.postJson("/api/user/update")
    expect((await expectNewest(scene(), phone, "the laptop refreshes")).loginId).toBe(first.loginId)
    await phone.postJson("/api/user/update")
    expect((await expectNewest(scene(), laptop, "the phone refreshes")).loginId).toBe(second.loginId)

    await phone.signOut()
    expect((await expectNewest(scene(), laptop, "the phone signs out")).loginId).toBe(first.loginId)
    await laptop.signOut()
    expect(accountTokens(usersFile)).toContainEqual({
      provider: "oidc",
      access_token: null,
      refresh_token: null,
      id_token: null,
      expires_at: null,
    })
    expect(accountTokens(usersFile).filter((row) => row.refresh_token !== null)).toEqual([])
    figure(
      `${provider.kind}, ${strategy}: of two browsers the row is the newest, after one sign-out the live one's, after both empty`,
    )
  })
})
