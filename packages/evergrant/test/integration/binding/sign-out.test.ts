import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { connectBareClient } from "../../providers/bare-client.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import { appUrl, createApplication } from "./application.ts"
import type { Answer, Browser } from "./browser.ts"

const flag = "evergrant.signed-out"

/** What the provider says to `prompt=none` in this browser: a code, or why there is none. */
async function silentAnswer(provider: TestProvider, browser: Browser): Promise<string> {
  const redirectUri = `${appUrl}/api/auth/callback/oidc`
  const client = await connectBareClient(provider, redirectUri)
  const back = await client.authorize("alice", browser.jar, { prompt: "none" })
  return back.get("error") ?? (back.has("code") ? "code" : "nothing")
}

function latch(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

function setsSession({ setCookies }: Answer): boolean {
  return setCookies.some((line) => /^authjs\.session-token[^=]*=[^;]/.test(line))
}

describeEachProvider("signing out", appUrl, (provider) => {
  it("ends the provider's session, and refuses every copy of the cookie", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())
    const copy = browser.copy()
    expect(await silentAnswer(provider(), browser)).toBe("code")

    const answer = await browser.signOut()

    expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
    expect(browser.sessionValue).toBe(undefined)
    expect(browser.jar.get(appUrl, flag)).toBe("ended")
    const flagLine = answer.setCookies.find((line) => line.startsWith(flag)) ?? ""
    expect(flagLine).toMatch(/Max-Age=60/)
    expect(flagLine).not.toMatch(/HttpOnly/i)

    expect(await silentAnswer(provider(), browser)).toBe("login_required")
    const client = await connectBareClient(provider(), appUrl)
    const refused = await client.refresh(app.tokens[0]?.refresh_token ?? "")
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_grant" } })

    const request = copy.request("/")
    expect(await copy.session()).toBe(null)
    expect(await app.result.sessionStatus({ request })).toEqual({
      status: "signed_out",
      reason: "signed_out",
    })
    await expect(app.result.getAccessToken({ request })).rejects.toMatchObject({ reason: "signed_out" })
    for (const [route, body] of [
      ["refresh", {}],
      ["patch", { theme: "dark" }],
    ] as const) {
      const late = await copy.postOwn(route, body)
      expect(late.status).toBe(401)
      expect(JSON.parse(late.text)).toEqual({ error: "signed_out", reason: "signed_out" })
    }
    expect((await copy.update({ theme: "dark" })).text).toBe("null")
    expect(copy.answers.filter(setsSession)).toEqual([])
  })

  it("does nothing without the CSRF token", async () => {
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())
    await browser.csrfToken()
    const cookie = browser.sessionValue

    for (const fields of [{}, { csrfToken: "0".repeat(64) }]) {
      const answer = await browser.post("/api/auth/signout", fields)
      expect(answer.location).toContain("error=MissingCSRF")
      expect(answer.setCookies).toEqual([])
    }
    expect((await browser.get("/api/auth/signout")).status).toBe(200)

    expect(browser.sessionValue).toBe(cookie)
    expect(await browser.session()).not.toBe(null)
    expect(await silentAnswer(provider(), browser)).toBe("code")
    expect(app.events.some(({ type }) => type === "session.ended")).toBe(false)
  })

  it("answers a script as stock Auth.js does", async () => {
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())
    const fields = { csrfToken: await browser.csrfToken(), callbackUrl: `${appUrl}/bye` }
    const answer = await browser.post("/api/auth/signout", fields, { "x-auth-return-redirect": "1" })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({ url: `${appUrl}/bye` })
    expect(browser.jar.get(appUrl, flag)).toBe("ended")
    expect(browser.sessionValue).toBe(undefined)
  })
})

describe("signing out (embedded provider)", () => {
  let provider: EmbeddedTestProvider
  beforeAll(async () => {
    provider = await createEmbeddedRealm({ appUrl })
    await provider.setLifetimes({ accessToken: 300 })
  })
  afterAll(() => provider.close())

  it("lets no late answer bring the session back", async () => {
    // A read that has begun before the sign-out and ends after it.
    const gate = latch()
    const reached = latch()
    let hold = false
    const app = createApplication(provider, {
      // Each answer would renew the cookie.
      session: { strategy: "jwt", updateAge: 0 },
      callbacks: {
        async session({ session }) {
          if (hold) {
            reached.open()
            await gate.opened
          }
          return session
        },
      },
    })
    const browser = app.browser()
    await browser.signIn(provider)
    const old = browser.copy()
    hold = true
    const late = old.get("/api/auth/session")
    await reached.opened
    hold = false
    await browser.signOut()
    gate.open()

    const answer = await late
    // Whatever it carries leads to the ended login.
    browser.jar.store(appUrl, [...answer.setCookies])
    expect(await browser.session()).toBe(null)
    await expect(app.result.getAccessToken({ request: browser.request("/") })).rejects.toMatchObject({
      code: "signed_out",
    })
    // And a read that begins after the sign-out sets nothing at all.
    expect((await old.get("/api/auth/session")).setCookies).toEqual([])
    expect((await old.keep(appUrl, await app.result.auth(old.request("/page")))).setCookies).toEqual([])
  })

  it("signs out here when the provider is down, and says that it failed there", async () => {
    const down = await createEmbeddedRealm({ appUrl })
    const app = createApplication(down)
    const browser = app.browser()
    await browser.signIn(down)
    const copy = browser.copy()
    await down.close()

    const answer = await browser.signOut()

    expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
    expect(browser.jar.get(appUrl, flag)).toBe("failed")
    expect(browser.sessionValue).toBe(undefined)
    expect(await copy.session()).toBe(null)
    expect(app.events.find(({ type }) => type === "signout.finished")).toMatchObject({
      providers: [{ provider: "oidc", status: "failed" }],
    })
  })

  it("leaves the other browsers of the user alone", async () => {
    const app = createApplication(provider)
    const laptop = app.browser()
    const phone = app.browser()
    await laptop.signIn(provider, "bob")
    await phone.signIn(provider, "bob")
    await laptop.signOut()
    expect(await phone.session()).toMatchObject({ grants: [{ generation: 1 }] })
    expect((await phone.postOwn("refresh", {})).status).toBe(200)
  })

  it("shows no flag, and no event, to a browser that was not signed in", async () => {
    const app = createApplication(provider)
    const browser = app.browser()
    const answer = await browser.signOut()
    expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
    expect(browser.jar.get(appUrl, flag)).toBe(undefined)
    expect(app.events).toEqual([])
  })
})
