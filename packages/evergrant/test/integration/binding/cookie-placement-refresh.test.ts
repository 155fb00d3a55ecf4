/** The placement without a store: one refresh per rotation in one process, whichever cookie comes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl } from "./application.ts"
import { Browser } from "./browser.ts"
import { carriedLogin, createCookieApplication, moveTo } from "./cookie-application.ts"

let provider: EmbeddedTestProvider
const accessTokenLife = 60

beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: accessTokenLife, ssoIdle: 3600 })
  await provider.setRotation("strict")
})
afterAll(() => provider.close())
// The provider lives in this process, so that both sides see the same time.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

interface SignedIn {
  app: Application
  browser: Browser
  /** A route handler that answers with the access token, wrapped by `auth`. */
  askRoute(visitor: Browser): Promise<{ accessToken: string }>
}

function routeOf(app: Application): SignedIn["askRoute"] {
  const route = app.result.auth<object>(async (request) =>
    Response.json(await app.result.getAccessToken({ request })),
  )
  return async (visitor) => {
    const answer = await visitor.keep(appUrl, await route(visitor.request("/api/token"), {}))
    expect(answer.status).toBe(200)
    return JSON.parse(answer.text)
  }
}

async function signedIn(): Promise<SignedIn> {
  const app = createCookieApplication(provider)
  const browser = app.browser()
  await browser.signIn(provider)
  await provider.resetCounters()
  return { app, browser, askRoute: routeOf(app) }
}

async function isUsable(accessToken: string): Promise<boolean> {
  const answer = await fetch(`${provider.issuer}/protocol/openid-connect/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  return answer.status === 200
}

describe("one process", () => {
  it("refreshes once for 50 parallel requests at expiry, and the session lives on two expiries later", async () => {
    const { browser, askRoute } = await signedIn()
    pass(accessTokenLife + 1)

    const answers = await Promise.all(Array.from({ length: 50 }, () => askRoute(browser)))

    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(await isUsable(answers[0]?.accessToken ?? "")).toBe(true)
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])

    for (const generation of [3, 4]) {
      pass(accessTokenLife + 1)
      const { accessToken } = await askRoute(browser)
      expect(await isUsable(accessToken)).toBe(true)
      expect((await carriedLogin(browser)).grants).toMatchObject([{ generation }])
    }
    expect(await provider.refreshes()).toEqual({ succeeded: 3, refused: 0 })
    // The cookies that were set are all that a restarted process needs.
    expect(await moveTo(createCookieApplication(provider), browser).session()).toMatchObject({
      grants: [{ generation: 4 }],
    })
  })

  it("leads an old cookie to the newest tokens, and never presents the spent one", async () => {
    const { browser, askRoute } = await signedIn()
    const oldTab = browser.copy()
    const spent = (await carriedLogin(oldTab)).grants[0]?.tokens.refreshToken
    for (const _ of [1, 2]) {
      pass(accessTokenLife + 1)
      await askRoute(browser)
    }

    const { accessToken } = await askRoute(oldTab)

    expect(accessToken).toBe((await askRoute(browser)).accessToken)
    expect(await carriedLogin(oldTab)).toMatchObject({ grants: [{ generation: 3 }] })
    expect((await carriedLogin(oldTab)).grants[0]?.tokens.refreshToken).not.toBe(spent)
    expect(await provider.refreshes()).toEqual({ succeeded: 2, refused: 0 })
  })

  it("mends a browser whose newest cookie was overwritten by a late answer", async () => {
    const { browser, askRoute } = await signedIn()
    const late = browser.jar.copy()
    pass(accessTokenLife + 1)
    await askRoute(browser)
    // The late answer puts the cookies of before back.
    const old = late
      .header(appUrl)
      .split("; ")
      .filter((pair) => pair.startsWith("authjs.session-token"))
    browser.jar.store(
      appUrl,
      old.map((pair) => `${pair}; Path=/`),
    )
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 1 }])

    pass(accessTokenLife + 1)
    await askRoute(browser)

    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 3 }])
    expect(await provider.refreshes()).toEqual({ succeeded: 2, refused: 0 })
  })

  it("keeps what was refreshed where no cookie could be written, until one can", async () => {
    const { app, browser, askRoute } = await signedIn()
    pass(accessTokenLife + 1)
    const { accessToken } = await app.result.getAccessToken({ request: browser.request("/page") })
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 1 }])

    expect((await askRoute(browser)).accessToken).toBe(accessToken)

    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  })

  it("refreshes nothing behind an answer: what is due soon waits for a request that can write it", async () => {
    const { browser, app } = await signedIn()
    pass(accessTokenLife - 4)
    await browser.session()
    await app.result.close()
    expect(await provider.refreshes()).toEqual({ succeeded: 0, refused: 0 })
  })

  it("signs nobody out while the provider is down", async () => {
    const { browser, app } = await signedIn()
    pass(accessTokenLife + 1)
    provider.provider.faults.set({ kind: "503", endpoint: "token" })
    try {
      expect(await browser.session()).toMatchObject({ grants: [{ generation: 1 }] })
      await expect(app.result.getAccessToken({ request: browser.request("/") })).rejects.toMatchObject({
        code: "provider_unavailable",
      })
    } finally {
      provider.provider.faults.clear()
    }
    pass(10)
    expect(await browser.session()).toMatchObject({ grants: [{ generation: 2 }] })
  })
})

describe("two instances, one after the other", () => {
  it("takes what the other one has rotated out of the cookie", async () => {
    const { browser, askRoute } = await signedIn()
    const other = createCookieApplication(provider)
    pass(accessTokenLife + 1)
    await routeOf(other)(moveTo(other, browser))

    // This process still holds generation 1.
    await askRoute(browser)
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    pass(accessTokenLife + 1)
    await askRoute(browser)

    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 3 }])
    expect(await provider.refreshes()).toEqual({ succeeded: 2, refused: 0 })
  })

  it("joins what each has changed: the tokens of the one, the data of the other", async () => {
    const { browser } = await signedIn()
    const other = createCookieApplication(provider)
    const elsewhere = moveTo(other, browser.copy())
    await elsewhere.postOwn("patch", { theme: "dark" })
    await browser.postOwn("refresh", {})

    // The cookie of the other instance comes to this one.
    const joined = new Browser(browser.handlers, appUrl, elsewhere.jar)
    expect(await joined.session()).toMatchObject({ grants: [{ generation: 2 }], data: { theme: "dark" } })
    expect(await carriedLogin(joined)).toMatchObject({
      grants: [{ generation: 2 }],
      data: { fields: { theme: "dark" } },
    })
  })

  it("LIMIT: an old cookie at another instance spends a token twice, and strict rotation ends the session", async () => {
    const { browser, askRoute } = await signedIn()
    const oldTab = browser.copy()
    pass(accessTokenLife + 1)
    await askRoute(browser)

    const other = createCookieApplication(provider)
    expect(await moveTo(other, oldTab).session()).toBe(null)

    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 1 })
    pass(accessTokenLife + 1)
    expect(await browser.session()).toBe(null)
  })
})
