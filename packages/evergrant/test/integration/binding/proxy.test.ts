import { NextRequest, NextResponse } from "next/server.js"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication } from "./application.ts"
import type { Browser } from "./browser.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())
afterEach(() => vi.unstubAllEnvs())

type Options = Parameters<typeof createApplication>[1]

async function signedIn(options: Options = {}): Promise<{ app: Application; browser: Browser }> {
  const app = createApplication(provider, options)
  const browser = app.browser()
  await browser.signIn(provider)
  return { app, browser }
}

/** Whether the proxy lets the request through to the page. */
function goesOn(response: Response): boolean {
  return response.headers.get("x-middleware-next") === "1"
}

describe("auth as the proxy", () => {
  const authorized = {
    callbacks: { authorized: ({ auth }: { auth: unknown }) => auth !== null },
  }

  it("lets everybody through without an `authorized` callback", async () => {
    const { app, browser } = await signedIn()
    expect(goesOn(await app.result.auth(browser.request("/page")))).toBe(true)
    expect(goesOn(await app.result.auth(app.browser().request("/page")))).toBe(true)
  })

  it("sends whoever is not authorized to the sign-in page, and back afterwards", async () => {
    const { app, browser } = await signedIn(authorized)
    expect(goesOn(await app.result.auth(browser.request("/page?x=1")))).toBe(true)
    const response = await app.result.auth(app.browser().request("/page?x=1"))
    expect(response.status).toBe(307)
    const target = new URL(response.headers.get("location") ?? "")
    expect(target.origin + target.pathname).toBe(`${appUrl}/api/auth/signin`)
    expect(target.searchParams.get("callbackUrl")).toBe(`${appUrl}/page?x=1`)
  })

  it("knows the application's own sign-in page, and does not send it to itself", async () => {
    const { app } = await signedIn({ ...authorized, pages: { signIn: "/welcome" } })
    const visitor = app.browser()
    const response = await app.result.auth(visitor.request("/page"))
    expect(new URL(response.headers.get("location") ?? "").pathname).toBe("/welcome")
    expect(goesOn(await app.result.auth(visitor.request("/welcome")))).toBe(true)
  })

  it("takes the callback's own response", async () => {
    const { app, browser } = await signedIn({
      callbacks: {
        authorized: ({ auth }) =>
          Response.json({ hello: auth?.user?.name }, { status: 418, headers: { "x-own": "1" } }),
      },
    })
    const response = await app.result.auth(browser.request("/page"))
    expect(response.status).toBe(418)
    expect(response.headers.get("x-own")).toBe("1")
    expect(await response.json()).toEqual({ hello: "Alice Liddell" })
  })

  it("hands the session with claims and data to the callback", async () => {
    const authorized = vi.fn(() => true)
    const { app, browser } = await signedIn({ callbacks: { authorized } })
    await app.result.auth(browser.request("/page"))
    const session = await browser.session()
    expect(authorized).toHaveBeenCalledWith({ request: expect.any(NextRequest), auth: session })
  })

  it("turns a signed-out user away at once, whatever the cookie says", async () => {
    const { app, browser } = await signedIn(authorized)
    const copy = browser.copy()
    await browser.signOut()
    expect((await app.result.auth(copy.request("/page"))).status).toBe(307)
  })

  it("sees a patch in the very next request", async () => {
    const { app, browser } = await signedIn({
      callbacks: {
        authorized: ({ auth }) => (auth as { data?: { step?: string } } | null)?.data?.step === "COMPLETED",
      },
    })
    expect((await app.result.auth(browser.request("/app"))).status).toBe(307)
    await app.result.patchSession({ step: "COMPLETED" }, { request: browser.request("/") })
    expect(goesOn(await app.result.auth(browser.request("/app")))).toBe(true)
  })

  it("believes no Authorization header", async () => {
    const { app, browser } = await signedIn(authorized)
    const thief = app
      .browser()
      .request("/page", { headers: { authorization: `Bearer ${browser.sessionValue}` } })
    expect((await app.result.auth(thief)).status).toBe(307)
  })

  it("works behind a reverse proxy, by AUTH_URL", async () => {
    vi.stubEnv("AUTH_URL", appUrl)
    const { app } = await signedIn(authorized)
    const inner = new NextRequest("http://10.0.0.7:8080/page", { headers: { host: "10.0.0.7:8080" } })
    const response = await app.result.auth(inner)
    const target = new URL(response.headers.get("location") ?? "")
    expect(target.origin).toBe(appUrl)
    expect(target.searchParams.get("callbackUrl")).toBe(`${appUrl}/page`)
  })
})

describe("auth around a handler", () => {
  it("passes the session as request.auth, and the context on", async () => {
    const { app, browser } = await signedIn()
    const context = { params: Promise.resolve({ id: "7" }) }
    const seen = vi.fn()
    const route = app.result.auth<typeof context>((request, given) => {
      seen(request.auth, given, request.nextUrl.pathname)
      return Response.json({ name: request.auth?.user.name })
    })
    const response = await route(browser.request("/api/thing"), context)
    expect(await response.json()).toEqual({ name: "Alice Liddell" })
    expect(seen).toHaveBeenCalledWith(await browser.session(), context, "/api/thing")
  })

  it("passes null when nobody is signed in", async () => {
    const { app } = await signedIn()
    const route = app.result.auth<object>((request) => Response.json({ auth: request.auth }))
    expect(await (await route(app.browser().request("/api/thing"), {})).json()).toEqual({ auth: null })
  })

  it("keeps the handler's response with status, headers and cookies", async () => {
    const { app, browser } = await signedIn({ session: { strategy: "jwt", updateAge: 0 } })
    const route = app.result.auth<object>(() => {
      const response = NextResponse.json(
        { made: true },
        { status: 201, headers: { "x-own": "1", etag: '"7"' } },
      )
      response.cookies.set("own", "1")
      return response
    })
    const response = await route(browser.request("/api/thing"), {})
    expect(response.status).toBe(201)
    expect(response.headers.get("x-own")).toBe("1")
    expect(response.headers.get("etag")).toBe('"7"')
    expect(await response.json()).toEqual({ made: true })
    const names = response.headers.getSetCookie().map((line) => line.split("=")[0])
    expect(names.sort()).toEqual(["authjs.session-token", "own"])
  })

  it("leaves the very response alone when there is no cookie to renew", async () => {
    const { app, browser } = await signedIn()
    const own = Response.json({ fine: true })
    const route = app.result.auth<object>(() => own)
    expect(await route(browser.request("/api/thing"), {})).toBe(own)
  })

  it("goes on when the handler returns nothing", async () => {
    const { app, browser } = await signedIn()
    const proxy = app.result.auth<object>(() => undefined)
    expect(goesOn(await proxy(browser.request("/page"), {}))).toBe(true)
  })

  it("leaves the decision to the handler where `authorized` says no, as stock Auth.js does", async () => {
    const { app } = await signedIn({ callbacks: { authorized: () => false } })
    const route = app.result.auth<object>(() => Response.json({ mine: true }))
    expect(await (await route(app.browser().request("/api/thing"), {})).json()).toEqual({ mine: true })
  })

  it("throws what the handler throws", async () => {
    const { app, browser } = await signedIn()
    const route = app.result.auth<object>(() => {
      throw new Error("The handler's own.")
    })
    await expect(route(browser.request("/api/thing"), {})).rejects.toThrow("The handler's own.")
  })
})
