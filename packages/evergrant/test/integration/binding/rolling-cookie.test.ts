import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { decode, encode, type JWT } from "@auth/core/jwt"
import type { NextApiRequest, NextApiResponse } from "next"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication, secret } from "./application.ts"
import { type Browser, sessionCookie } from "./browser.ts"

let provider: EmbeddedTestProvider
let app: Application
let browser: Browser
const updateAge = 3600
const maxAge = 30 * 24 * 3600
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())
beforeEach(async () => {
  app = createApplication(provider, { session: { strategy: "jwt", updateAge, maxAge } })
  browser = app.browser()
  await browser.signIn(provider)
})

const read = async (value = ""): Promise<JWT> =>
  (await decode({ token: value, secret, salt: sessionCookie })) ?? {}

/** Replaces the cookie by one of the same content that was issued so many seconds ago. */
async function age(seconds: number, visitor: Browser = browser): Promise<string> {
  const { iat: _iat, exp: _exp, jti: _jti, ...token } = await read(visitor.sessionValue)
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - seconds * 1000 })
  const value = await encode({ token, secret, salt: sessionCookie, maxAge }).finally(() => vi.useRealTimers())
  visitor.jar.store(appUrl, [`${sessionCookie}=${value}; Path=/`])
  return value
}

/** `res` of the Pages Router. */
function pagesResponse(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()))
}

describe("the rolling cookie", () => {
  it("is left alone while it is young", async () => {
    const value = await age(updateAge - 60)
    await browser.session()
    await browser.keep(appUrl, await app.result.auth(browser.request("/page")))
    expect(browser.sessionValue).toBe(value)
    expect(browser.answers.at(-1)?.setCookies).toEqual([])
  })

  const places: [string, () => Promise<unknown>][] = [
    ["GET session", () => browser.get("/api/auth/session")],
    ["the proxy", async () => browser.keep(appUrl, await app.result.auth(browser.request("/page")))],
    [
      "a wrapped route",
      async () => {
        const route = app.result.auth<object>(() => Response.json({ fine: true }))
        return browser.keep(appUrl, await route(browser.request("/api/thing"), {}))
      },
    ],
    [
      "the Pages Router",
      async () => {
        const response = pagesResponse()
        const request = browser.request("/api/thing")
        const headers = Object.fromEntries(request.headers)
        await app.result.auth({ headers } as NextApiRequest, response as unknown as NextApiResponse)
        browser.jar.store(appUrl, [response.getHeader("set-cookie") ?? []].flat().map(String))
      },
    ],
  ]

  it.each(places)("is issued again once per updateAge by %s", async (_, send) => {
    const old = await age(updateAge + 60)
    const before = await read(old)

    await send()

    const renewed = browser.sessionValue ?? ""
    expect(renewed).not.toBe(old)
    const after = await read(renewed)
    expect(after).toMatchObject({ sub: before.sub, evergrant: before.evergrant })
    expect(after.exp).toBeGreaterThan((before.exp ?? 0) + updateAge)
    expect(renewed.length).toBeLessThanOrEqual(600)
    // It is young now: once is enough.
    await send()
    expect(browser.sessionValue).toBe(renewed)
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })

  it("carries the attributes of Auth.js", async () => {
    await age(updateAge + 60)
    const [line = ""] = (await browser.get("/api/auth/session")).setCookies
    expect(line).toMatch(/^authjs\.session-token=[^;]+;/)
    expect(line).toMatch(/; Path=\/(;|$)/)
    expect(line).toMatch(/; HttpOnly/i)
    expect(line).toMatch(/; SameSite=lax/i)
    expect(line).not.toMatch(/; Secure/i)
    const expires = Date.parse(/Expires=([^;]+)/i.exec(line)?.[1] ?? "")
    expect(Math.abs(expires - Date.now() - maxAge * 1000)).toBeLessThan(60_000)
    expect(browser.answers.at(-1)?.headers.get("cache-control")).toBe("no-store")
  })

  it("is not kept alive by the routes that only look", async () => {
    const value = await age(updateAge + 60)
    await browser.get("/api/auth/evergrant/session")
    await browser.get("/api/auth/signin")
    await browser.get("/api/auth/csrf")
    await app.result.sessionStatus({ request: browser.request("/") })
    expect(browser.sessionValue).toBe(value)
  })

  it("is not renewed for a login that has ended", async () => {
    await age(updateAge + 60)
    const copy = browser.copy()
    await browser.signOut()
    expect((await copy.get("/api/auth/session")).setCookies).toEqual([])
    expect((await app.result.auth(copy.request("/page"))).headers.getSetCookie()).toEqual([])
  })

  it("takes the chunks of an older, larger cookie away", async () => {
    const { iat: _iat, exp: _exp, jti: _jti, ...token } = await read(browser.sessionValue)
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - (updateAge + 60) * 1000 })
    const large = await encode({
      token: { ...token, filler: "x".repeat(6000) },
      secret,
      salt: sessionCookie,
      maxAge,
    }).finally(() => vi.useRealTimers())
    const visitor = app.browser()
    const parts = large.match(/.{1,3936}/g) ?? []
    visitor.jar.store(
      appUrl,
      parts.map((part, index) => `${sessionCookie}.${index}=${part}; Path=/`),
    )
    expect(parts.length).toBeGreaterThan(1)

    expect(await visitor.session()).toMatchObject({ user: { name: "Alice Liddell" } })

    expect(visitor.cookieHeader).not.toContain(`${sessionCookie}.`)
    expect(visitor.sessionValue?.length).toBeLessThanOrEqual(600)
    expect(await visitor.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })

  it("is refused when it has expired", async () => {
    await age(maxAge + 60)
    expect(await browser.session()).toBe(null)
    expect(await app.result.sessionStatus({ request: browser.request("/") })).toMatchObject({
      status: "signed_out",
    })
  })
})
