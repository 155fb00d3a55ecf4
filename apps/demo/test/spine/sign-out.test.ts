/** Article 3: signed out here, at the provider, and in every copy of the cookie. */
import { expect, it } from "vitest"
import { connectBareClient } from "../../../../packages/evergrant/test/providers/bare-client.ts"
import { CookieJar } from "../../../../packages/evergrant/test/providers/cookie-jar.ts"
import type { Browser } from "../browser.ts"
import { describeDemo, eventually, figure, tokenOf } from "./scene.ts"
import { storedTokens } from "./stored-tokens.ts"
import { sessionRows } from "./users-database.ts"

await describeDemo("sign-out", { stores: ["sqlite"] }, (scene, strategy) => {
  it("ends the provider's session: refresh token refused, prompt=none answers login_required", async () => {
    const { provider, strategy, signedIn, file, secret } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const browser = await signedIn()
    const callback = `${browser.app}/api/auth/callback/oidc`
    const client = await connectBareClient(provider, callback)
    const [tokens] = await storedTokens(file, secret)
    const silentBefore = await client.authorize("alice", browser.jar, { prompt: "none" })
    expect(silentBefore.get("code")).not.toBeNull()

    const landing = await browser.signOut()

    expect(landing.html).toContain("Signed out here and at the provider")
    expect(browser.jar.get(browser.app, "evergrant.signed-out")).toBe("ended")
    const refused = await client.refresh(tokens?.refreshToken ?? "")
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    const silent = await client.authorize("alice", browser.jar, { prompt: "none" })
    expect(silent.get("error")).toBe("login_required")
    figure(
      `${provider.kind}, ${strategy}: after sign-out refresh ${refused.status} invalid_grant, prompt=none login_required`,
    )
  })

  it("refuses a copy of the old cookie on every path, with the reason", async () => {
    const { signedIn } = scene()
    const browser = await signedIn()
    await tokenOf(browser)
    const thief = browser.copy()
    await browser.signOut()
    for (const path of ["/api/me", "/api/token", "/api/upstream"]) {
      expect(await thief.getJson(path)).toMatchObject({
        status: 401,
        body: { error: "signed_out", reason: "signed_out" },
      })
    }
    const session = await thief.request("/api/auth/session")
    expect(await session.json()).toBeNull()
    expect(session.headers.getSetCookie().filter((line) => line.includes("session-token"))).toEqual([])
    expect((await thief.open("/app")).url).toBe(`${thief.app}/`)
    expect((await thief.postJson("/api/user/update")).status).toBe(401)
    expect((await thief.getJson("/api/auth/evergrant/session")).body).toEqual({
      status: "signed_out",
      reason: "signed_out",
    })
  })

  it("does not let the old cookie start a session through /callback, nor pass for somebody there", async () => {
    const { provider, signedIn } = scene()
    const alice = await signedIn("alice")
    const thief = alice.copy()
    await alice.signOut()
    // The thief keeps the cookie and signs in as bob: bob it must be, with nothing of alice.
    const fresh = new CookieJar()
    const cookie = thief.jar.get(thief.app, "authjs.session-token")
    fresh.store(thief.app, [`authjs.session-token=${cookie}; Path=/`])
    const bob = Object.assign(thief, { jar: fresh })
    expect(await bob.signIn(provider, "bob")).toMatchObject({ status: 200, url: `${bob.app}/` })
    const { body } = await bob.getJson("/api/me")
    expect(body).toMatchObject({ claims: { preferred_username: "bob" } })
    // Without finishing a sign-in there is no session at all.
    const again = alice.copy()
    again.jar.store(again.app, [`authjs.session-token=${cookie}; Path=/`])
    const answer = await again.request("/api/auth/callback/oidc?code=made-up&state=made-up")
    expect(answer.headers.getSetCookie().filter((line) => /session-token=[^;]/.test(line))).toEqual([])
    expect((await again.getJson("/api/me")).status).toBe(401)
  })

  it("works by the server action of the page, and ends only this browser", async () => {
    const { signedIn } = scene()
    const laptop = await signedIn("bob")
    const phone = await signedIn("bob")
    const page = await laptop.submit(await laptop.open("/"), "Sign out")
    expect(page.html).toContain("Signed out here and at the provider")
    expect((await laptop.getJson("/api/me")).status).toBe(401)
    expect((await phone.postJson("/api/user/update")).status).toBe(200)
  })

  it("does nothing without Auth.js's CSRF token", async () => {
    const { signedIn } = scene()
    const browser = await signedIn("bob")
    const answer = await browser.request("/api/auth/signout", {
      method: "POST",
      body: new URLSearchParams({ csrfToken: "guessed" }),
    })
    expect(answer.headers.getSetCookie().filter((line) => line.includes("session-token"))).toEqual([])
    expect((await browser.postJson("/api/user/update")).status).toBe(200)
  })

  if (strategy === "jwt") return

  it("leaves no session row, and neither does the provider's end", async () => {
    const { provider, signedIn, usersFile } = scene()
    const tokenIn = (browser: Browser) => browser.jar.get(browser.app, "authjs.session-token") ?? ""
    const laptop = await signedIn("bob")
    const row = tokenIn(laptop)
    expect(sessionRows(usersFile)).toContain(row)
    await laptop.signOut()
    expect(sessionRows(usersFile)).not.toContain(row)

    const phone = await signedIn("bob")
    const other = tokenIn(phone)
    await provider.endSessions("bob")
    expect(await phone.postJson("/api/user/update")).toMatchObject({
      status: 401,
      body: { reason: "provider_session_ended" },
    })
    await eventually(
      "the row's removal",
      async () => sessionRows(usersFile),
      (rows) => !rows.includes(other),
    )
    expect((await phone.getJson("/api/me")).status).toBe(401)
    figure(`${provider.kind}: the session row is gone after sign-out and after the provider's end`)
  })
})
