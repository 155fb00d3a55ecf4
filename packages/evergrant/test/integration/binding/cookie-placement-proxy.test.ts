/** The placement without a store: proxy and page of one navigation agree. */
// Before anything of Next: it gives it its AsyncLocalStorage.
import "next/dist/server/node-environment-baseline.js"
import { decode } from "@auth/core/jwt"
import { NextResponse } from "next/server.js"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, secret } from "./application.ts"
import { type Browser, sessionCookie } from "./browser.ts"
import {
  type Carried,
  carriedLogin,
  createCookieApplication,
  moveTo,
  sessionParts,
  sessionToken,
} from "./cookie-application.ts"
import { createGithub, type Github } from "./github.ts"
import { inNext } from "./next-request.ts"

let provider: EmbeddedTestProvider
let github: Github
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  github = await createGithub()
  await provider.setLifetimes({ accessToken: 60, ssoIdle: 3600 })
  await provider.setRotation("strict")
})
afterAll(async () => {
  await provider.close()
  await github.close()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
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

/** The headers that Next gives the page, after what the proxy said of them. */
function pageHeaders(given: Headers, response: Response): Headers {
  const names = response.headers.get("x-middleware-override-headers")
  if (names === null) return new Headers(given)
  const kept = names.split(",").flatMap((name): [string, string][] => {
    const value = response.headers.get(`x-middleware-request-${name}`)
    return value === null ? [] : [[name, value]]
  })
  return new Headers(kept)
}

function partsOf(header: string | null): [string, string][] {
  return (header ?? "")
    .split("; ")
    .map((pair) => pair.split("=") as [string, string])
    .filter(([name]) => name.startsWith(sessionCookie))
}

/** What a page carries on from its own `Cookie` header, as `headers()` shows it. */
async function loginIn(headers: Headers): Promise<Carried> {
  const token = await decode({
    token: sessionToken(partsOf(headers.get("cookie"))),
    secret,
    salt: sessionCookie,
  })
  return token?.evergrantLogin as Carried
}

/** A navigation: the proxy, then the page with what the proxy left of the request. */
async function navigate(
  app: Application,
  browser: Browser,
  proxy: (request: ReturnType<Browser["request"]>) => Promise<Response> = (request) =>
    app.result.auth(request),
): Promise<{ response: Response; headers: Headers }> {
  const request = browser.request("/page", { headers: { "x-own": "1" } })
  const response = await proxy(request)
  await browser.keep(appUrl, response.clone())
  return { response, headers: pageHeaders(request.headers, response) }
}

describe("a navigation at expiry", () => {
  it("gives proxy and page the same tokens, by one refresh, and the browser the same cookie", async () => {
    const { app, browser } = await signedIn()
    const old = await carriedLogin(browser)
    expire()
    const { headers } = await navigate(app, browser)

    const page = await inNext(browser, "render", () => app.result.getAccessToken(), headers)

    const login = await loginIn(headers)
    expect(login.grants).toMatchObject([{ generation: 2, tokens: { accessToken: page.result.accessToken } }])
    expect(login.grants[0]?.tokens.accessToken).not.toBe(old.grants[0]?.tokens.accessToken)
    expect(partsOf(headers.get("cookie")).sort()).toEqual(sessionParts(browser).sort())
    expect(headers.get("x-own")).toBe("1")
    expect(page.setCookies).toEqual([])
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  })

  it("even if the page is rendered by another process", async () => {
    const { app, browser } = await signedIn()
    expire()
    const { headers } = await navigate(app, browser)

    const other = createCookieApplication(provider)
    const page = await inNext(browser, "render", () => other.result.getAccessToken(), headers)

    expect(page.result.accessToken).toBe((await carriedLogin(browser)).grants[0]?.tokens.accessToken)
    expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
  })

  it("leaves request and response alone when there is nothing new", async () => {
    const { app, browser } = await signedIn()
    const { response } = await navigate(app, browser)
    expect(response.headers.get("x-middleware-override-headers")).toBe(null)
    expect(response.headers.getSetCookie()).toEqual([])
  })
})

describe("an application's own proxy", () => {
  it("keeps the headers that it overrides", async () => {
    const { app, browser } = await signedIn()
    expire()
    const own = app.result.auth<object>((request) => {
      const headers = new Headers(request.headers)
      headers.set("x-added", "by the proxy")
      headers.delete("x-own")
      headers.set("cookie", `${headers.get("cookie")}; mine=1`)
      return NextResponse.next({ request: { headers } })
    })
    const { headers } = await navigate(app, browser, (request) => own(request, {}))

    expect(headers.get("x-added")).toBe("by the proxy")
    expect(headers.get("x-own")).toBe(null)
    expect(headers.get("cookie")).toContain("mine=1")
    expect((await loginIn(headers)).grants).toMatchObject([{ generation: 2 }])
  })

  it("may keep all cookies from its page", async () => {
    const { app, browser } = await signedIn()
    expire()
    const own = app.result.auth<object>((request) => {
      const headers = new Headers(request.headers)
      headers.delete("cookie")
      return NextResponse.next({ request: { headers } })
    })
    const { headers } = await navigate(app, browser, (request) => own(request, {}))

    expect(headers.get("cookie")).toBe(null)
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])
  })

  it("may rewrite, and may answer itself", async () => {
    const { app, browser } = await signedIn()
    expire()
    const rewriting = app.result.auth<object>((request) =>
      NextResponse.rewrite(new URL("/other", request.url)),
    )
    const { headers, response } = await navigate(app, browser, (request) => rewriting(request, {}))
    expect(new URL(response.headers.get("x-middleware-rewrite") ?? "").pathname).toBe("/other")
    expect((await loginIn(headers)).grants).toMatchObject([{ generation: 2 }])

    expire()
    const answering = app.result.auth<object>(() => NextResponse.redirect(new URL("/login", appUrl)))
    const redirect = await navigate(app, browser, (request) => answering(request, {}))
    expect(redirect.response.headers.get("x-middleware-override-headers")).toBe(null)
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 3 }])
  })

  it("sets cookies of its own, which stay", async () => {
    const { app, browser } = await signedIn()
    expire()
    const own = app.result.auth<object>(() => {
      const response = NextResponse.next()
      response.cookies.set("own", "1")
      return response
    })
    await navigate(app, browser, (request) => own(request, {}))
    expect(browser.jar.get(appUrl, "own")).toBe("1")
    expect((await carriedLogin(browser)).grants).toMatchObject([{ generation: 2 }])
  })
})

describe("across the limit of a chunk", () => {
  /** A login without grants, whose size the application's `jwt` callback decides. */
  async function resizable(): Promise<{ app: Application; browser: Browser; resize(size: number): void }> {
    let size = 0
    const app = createCookieApplication(provider, {
      providers: [github.provider],
      callbacks: { jwt: ({ token }) => ({ ...token, padding: "x".repeat(size) }) },
    })
    const browser = app.browser()
    const { location } = await browser.startSignIn("github")
    const back = await fetch(location, { redirect: "manual" })
    await browser.get(back.headers.get("location") ?? "")
    return {
      app,
      browser,
      resize(wanted) {
        size = wanted
      },
    }
  }

  const chunks = (parts: [string, string][]) => parts.map(([name]) => name.slice(sessionCookie.length)).sort()

  it("grows and shrinks both ways without a stale part, in the browser and for the page", async () => {
    const { app, browser, resize } = await resizable()
    const steps: [number, string[]][] = [
      [0, [""]],
      [3000, [".0", ".1"]],
      [6000, [".0", ".1", ".2"]],
      [3000, [".0", ".1"]],
      [0, [""]],
      [6000, [".0", ".1", ".2"]],
      [0, [""]],
    ]
    for (const [size, expected] of steps) {
      resize(size)
      const { headers } = await navigate(app, browser)
      expect(chunks(sessionParts(browser))).toEqual(expected)
      expect(chunks(partsOf(headers.get("cookie")))).toEqual(expected)
      expect((await loginIn(headers)) as unknown).toMatchObject({
        content: { token: { padding: "x".repeat(size) } },
      })
      expect(await browser.session()).toMatchObject({ user: { name: "Octo Cat" } })
      expect(await moveTo(createCookieApplication(provider), browser).session()).toMatchObject({
        user: { name: "Octo Cat" },
      })
    }
  })

  it.each([
    ["GET session", (browser: Browser) => browser.get("/api/auth/session")],
    ["update()", (browser: Browser) => browser.update({})],
    ["POST evergrant/patch", (browser: Browser) => browser.postOwn("patch", { theme: "dark" })],
  ])("so does %s", async (_, send) => {
    const { browser, resize } = await resizable()
    for (const [size, expected] of [
      [6000, [".0", ".1", ".2"]],
      [0, [""]],
      [3000, [".0", ".1"]],
    ] as const) {
      resize(size)
      await send(browser)
      expect(chunks(sessionParts(browser))).toEqual(expected)
    }
  })
})
