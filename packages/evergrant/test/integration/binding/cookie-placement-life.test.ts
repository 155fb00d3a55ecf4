/** The placement without a store: how long a cookie lives, and sessions that are older than Evergrant. */
import { encode } from "@auth/core/jwt"
import { decodeJwt } from "jose"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { connectBareClient } from "../../providers/bare-client.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, secret } from "./application.ts"
import { type Browser, sessionCookie } from "./browser.ts"
import { carriedLogin, createCookieApplication, moveTo, readCookie } from "./cookie-application.ts"

let provider: EmbeddedTestProvider
const updateAge = 3600
const maxAge = 10 * 24 * 3600
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 24 * 3600, ssoIdle: 30 * 24 * 3600, ssoMax: 30 * 24 * 3600 })
})
afterAll(() => provider.close())
afterEach(() => {
  vi.useRealTimers()
})

describe("the rolling cookie", () => {
  const session = { strategy: "jwt" as const, updateAge, maxAge }

  it("is issued again once per updateAge, record and copy for as long as the cookie", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const app = createCookieApplication(provider, { session })
    const browser = app.browser()
    await browser.signIn(provider)
    const first = await readCookie(browser)
    vi.setSystemTime(Date.now() + (updateAge + 60) * 1000)

    await browser.session()

    const second = await readCookie(browser)
    expect((second.exp ?? 0) - (first.exp ?? 0)).toBeGreaterThan(updateAge)
    const { expiresAt } = (await carriedLogin(browser)) as unknown as { expiresAt: number }
    expect(Math.abs(expiresAt - (second.exp ?? 0))).toBeLessThan(5)
    await browser.session()
    expect(browser.answers.at(-1)?.setCookies).toEqual([])

    // A process that starts shortly before the end of the first cookie knows the later end.
    vi.setSystemTime(((first.exp ?? 0) + 60) * 1000)
    expect(await moveTo(createCookieApplication(provider, { session }), browser).session()).toMatchObject({
      user: { name: "Alice Liddell" },
    })
  })

  it("leads nowhere when it has expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const browser = createCookieApplication(provider, { session }).browser()
    await browser.signIn(provider)
    vi.setSystemTime(Date.now() + (maxAge + 60) * 1000)
    expect(await browser.session()).toBe(null)
  })
})

describe("a session from before the installation", () => {
  async function stockBrowser(app: Application, token: Record<string, unknown>): Promise<Browser> {
    const browser = app.browser()
    const value = await encode({ token, secret, salt: sessionCookie })
    const chunks = value.match(/.{1,3936}/g) ?? []
    browser.jar.store(
      appUrl,
      chunks.map(
        (chunk, index) => `${sessionCookie}${chunks.length > 1 ? `.${index}` : ""}=${chunk}; Path=/`,
      ),
    )
    return browser
  }

  it("stays signed in, and its copies are refused after sign-out", async () => {
    const app = createCookieApplication(provider)
    const browser = await stockBrowser(app, { sub: "user-7", name: "Sam" })
    const copy = browser.copy()
    expect(await browser.session()).toMatchObject({ user: { id: "user-7", name: "Sam" }, grants: [] })
    await browser.signOut()
    expect(await copy.session()).toBe(null)
  })

  it("is adopted into the cookie, and is one login for 20 requests at once and after a restart", async () => {
    const client = await connectBareClient(provider, `${appUrl}/callback`)
    const code = (await client.authorize("alice", new CookieJar())).get("code") ?? ""
    const { body } = await client.exchange(code)
    const adopt = (token: Record<string, unknown>) => ({
      provider: "oidc",
      providerAccountId: String(token.sub),
      access_token: String(body.access_token),
      refresh_token: String(body.refresh_token),
      id_token: String(body.id_token),
      expires_at: Math.floor(Date.now() / 1000) + 300,
    })
    const app = createCookieApplication(provider, { evergrant: { adopt } })
    const browser = await stockBrowser(app, { sub: decodeJwt(String(body.id_token)).sub, name: "Alice" })

    await Promise.all(Array.from({ length: 20 }, () => browser.session()))

    expect(app.events.filter(({ type }) => type === "session.started")).toHaveLength(1)
    const { loginId } = await carriedLogin(browser)
    expect((await browser.postOwn("refresh", {})).status).toBe(200)

    const restarted = createCookieApplication(provider, { evergrant: { adopt } })
    const same = moveTo(restarted, browser)
    expect(await same.session()).toMatchObject({ grants: [{ generation: 2 }] })
    expect((await same.postOwn("refresh", {})).status).toBe(200)
    expect(await carriedLogin(same)).toMatchObject({ loginId, grants: [{ generation: 3 }] })
    expect(restarted.events.filter(({ type }) => type === "session.started")).toEqual([])
  })
})
