/** The placement without a store in Next's own requests: server actions and route handlers write, pages cannot. */
// Before anything of Next: it gives it its AsyncLocalStorage.
import "next/dist/server/node-environment-baseline.js"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl } from "./application.ts"
import type { Browser } from "./browser.ts"
import { carriedLogin, createCookieApplication, moveTo, sessionParts } from "./cookie-application.ts"
import { inNext } from "./next-request.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 60, ssoIdle: 3600 })
  await provider.setRotation("strict")
})
afterAll(() => provider.close())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
  vi.stubEnv("AUTH_URL", appUrl)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

type Options = Parameters<typeof createCookieApplication>[1]

async function signedIn(options: Options = {}): Promise<{ app: Application; browser: Browser }> {
  const app = createCookieApplication(provider, options)
  const browser = app.browser()
  await browser.signIn(provider)
  await provider.resetCounters()
  return { app, browser }
}

function expire(): void {
  vi.setSystemTime(Date.now() + 61_000)
}

describe("a server action or a route handler", () => {
  it.each<[string, (app: Application) => Promise<unknown>]>([
    ["getAccessToken()", (app) => app.result.getAccessToken()],
    ["refreshSession()", (app) => app.result.refreshSession()],
    ["auth()", (app) => app.result.auth()],
    ["unstable_update()", (app) => app.result.unstable_update({})],
  ])("writes the rotation of %s", async (_, call) => {
    const { app, browser } = await signedIn()
    expire()
    await inNext(browser, "action", () => call(app))

    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    // Nothing that the process alone would know.
    expect(await moveTo(createCookieApplication(provider), browser).session()).toMatchObject({
      grants: [{ generation: 2 }],
    })
  })

  it("writes what patchSession() changed, and shows it in the same request and to the next proxy", async () => {
    const { app, browser } = await signedIn()
    const { result } = await inNext(browser, "action", async () => {
      const patched = await app.result.patchSession({ step: "COMPLETED" })
      return [patched.data, (await app.result.auth())?.data]
    })
    expect(result).toEqual([
      { step: "COMPLETED", theme: "light" },
      { step: "COMPLETED", theme: "light" },
    ])
    expect((await carriedLogin(browser)).data).toMatchObject({ fields: { step: "COMPLETED" } })

    const seen = vi.fn()
    const proxy = app.result.auth<object>((request) => seen(request.auth?.data))
    await proxy(browser.request("/app"), {})
    expect(seen).toHaveBeenCalledWith({ step: "COMPLETED", theme: "light" })
  })

  it("writes nothing when there is nothing new", async () => {
    const { app, browser } = await signedIn()
    const { setCookies } = await inNext(browser, "action", async () => {
      await app.result.auth()
      await app.result.getAccessToken()
    })
    expect(setCookies).toEqual([])
  })

  it("leaves one whole session after several writes in one request, of any size", async () => {
    let size = 0
    const { app, browser } = await signedIn({
      callbacks: { jwt: ({ token }) => ({ ...token, padding: "x".repeat(size) }) },
    })
    for (const last of [
      () => app.result.refreshSession(),
      () => app.result.auth(),
      () => app.result.unstable_update({}),
    ]) {
      await inNext(browser, "action", async () => {
        size = 6000
        await app.result.refreshSession()
        size = 0
        await last()
      })
      expect(sessionParts(browser)).toHaveLength(2)
      expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
      size = 0
    }
  })

  it("signs out with every part that this very request has written", async () => {
    let size = 0
    const { app, browser } = await signedIn({
      callbacks: { jwt: ({ token }) => ({ ...token, padding: "x".repeat(size) }) },
    })
    await inNext(browser, "action", async () => {
      size = 6000
      await app.result.refreshSession()
      await app.result.signOut({ redirect: false })
    })
    expect(sessionParts(browser)).toEqual([])
  })

  it("is one with the wrapper around it: the newest cookie wins", async () => {
    const { app, browser } = await signedIn()
    const route = app.result.auth<object>(async () => Response.json(await app.result.refreshSession()))
    const request = browser.request("/api/thing")
    const { result, setCookies } = await inNext(browser, "action", () => route(request, {}), request.headers)
    expect(setCookies.length).toBeGreaterThan(0)
    await browser.keep(appUrl, result)
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])
  })
})

describe("a route handler that has written a larger cookie than its wrapper", () => {
  it("leaves no part of it behind", async () => {
    let size = 0
    const { app, browser } = await signedIn({
      callbacks: { jwt: ({ token }) => ({ ...token, padding: "x".repeat(size) }) },
    })
    const route = app.result.auth<object>(async (request) => {
      size = 6000
      await app.result.refreshSession()
      size = 0
      return Response.json(await app.result.refreshSession({ request }))
    })
    const request = browser.request("/api/thing")
    const { result, setCookies } = await inNext(browser, "action", () => route(request, {}), request.headers)
    expect(setCookies.some((line) => line.startsWith("authjs.session-token.2="))).toBe(true)

    // As in Next: what the response sets itself comes last.
    await browser.keep(appUrl, result)

    expect(sessionParts(browser)).toHaveLength(2)
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 3 }])
  })
})

describe("a Server Component", () => {
  it("LIMIT: cannot write its rotation; the process keeps it, and the next answer writes it", async () => {
    const { app, browser } = await signedIn()
    expire()
    const page = await inNext(browser, "render", () => app.result.getAccessToken())
    expect(page.setCookies).toEqual([])
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 1 }])

    const again = await inNext(browser, "render", () => app.result.getAccessToken())
    expect(again.result).toEqual(page.result)
    await browser.session()

    expect((await carriedLogin(browser)).grants).toMatchObject([
      { generation: 2, tokens: { accessToken: page.result.accessToken } },
    ])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  })

  it("LIMIT: outside of a request there is no cookie, and so no token", async () => {
    const { app } = await signedIn()
    await expect(app.result.getAccessToken()).rejects.toThrow(/outside a request scope/)
  })
})
