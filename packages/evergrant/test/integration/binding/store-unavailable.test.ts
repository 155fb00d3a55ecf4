import { randomUUID } from "node:crypto"
import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { join } from "node:path"
import type { NextApiRequest, NextApiResponse } from "next"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { StoreDriver } from "../../../src/store/grant-store.ts"
import { sqliteStore } from "../../../src/stores/sqlite.ts"
import { temporaryFolder } from "../../contract/temporary-folder.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication, freshStore } from "./application.ts"
import { type BreakableStore, breakableStore } from "./breakable-store.ts"
import type { Answer, Browser } from "./browser.ts"

let provider: EmbeddedTestProvider
const folder = temporaryFolder()
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(async () => {
  await provider.close()
  folder.remove()
})

const stores: [string, () => StoreDriver][] = [
  ["memory", freshStore],
  ["sqlite", () => sqliteStore(join(folder.path, `${randomUUID()}.db`))],
]

interface SignedIn {
  app: Application
  browser: Browser
  store: BreakableStore
  csrfToken: string
}

async function signedIn(
  real: StoreDriver,
  options: Parameters<typeof createApplication>[1] = {},
): Promise<SignedIn> {
  const store = breakableStore(real)
  const app = createApplication(provider, { ...options, evergrant: { store: store.driver } })
  const browser = app.browser()
  await browser.signIn(provider)
  return { app, browser, store, csrfToken: await browser.csrfToken() }
}

function expectUnknown(answer: Answer): void {
  expect(answer).toMatchObject({ status: 503, setCookies: [] })
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
  expect(JSON.parse(answer.text)).toEqual({ error: "unknown" })
}

/** `req` and `res` of the Pages Router, as far as `auth(req, res)` looks at them. */
function pagesCall(browser: Browser): {
  request: NextApiRequest
  response: NextApiResponse
  raw: ServerResponse
} {
  const message = new IncomingMessage(new Socket())
  Object.assign(message.headers, {
    host: new URL(appUrl).host,
    "x-forwarded-proto": "http",
    cookie: browser.cookieHeader,
  })
  const raw = new ServerResponse(message)
  return { request: message as NextApiRequest, response: raw as unknown as NextApiResponse, raw }
}

describe.each(stores)("while the store (%s) cannot be read", (_, makeStore) => {
  const requests: [string, (given: SignedIn) => Promise<Answer>][] = [
    ["GET session", ({ browser }) => browser.get("/api/auth/session")],
    [
      "POST session",
      ({ browser, csrfToken }) => browser.postJson("/api/auth/session", { csrfToken, data: {} }),
    ],
    ["GET signin", ({ browser }) => browser.get("/api/auth/signin")],
    ["POST signin", ({ browser, csrfToken }) => browser.post("/api/auth/signin/oidc", { csrfToken })],
    ["GET callback", ({ browser }) => browser.get("/api/auth/callback/oidc?code=a&state=b")],
    ["POST callback", ({ browser, csrfToken }) => browser.post("/api/auth/callback/oidc", { csrfToken })],
    ["GET signout", ({ browser }) => browser.get("/api/auth/signout")],
    ["POST signout", ({ browser, csrfToken }) => browser.post("/api/auth/signout", { csrfToken })],
    ["GET evergrant/session", ({ browser }) => browser.get("/api/auth/evergrant/session")],
    ["POST evergrant/refresh", ({ browser }) => browser.postOwn("refresh", {})],
    ["POST evergrant/patch", ({ browser }) => browser.postOwn("patch", { theme: "dark" })],
    [
      "the proxy",
      async ({ app, browser }) => browser.keep(appUrl, await app.result.auth(browser.request("/page"))),
    ],
    [
      "a wrapped route",
      async ({ app, browser }) => {
        const route = app.result.auth<object>(() => Response.json({ reached: true }))
        return browser.keep(appUrl, await route(browser.request("/api/thing"), {}))
      },
    ],
  ]

  it("answers 503 with Retry-After and no cookie everywhere, and knows everybody again afterwards", async () => {
    const given = await signedIn(makeStore())
    const before = await given.browser.session()
    const cookie = given.browser.cookieHeader
    provider.provider.counters.reset()

    for (const [name, send] of requests) {
      given.store.fail()
      const answer = await send(given)
      given.store.heal()
      expect(answer, name).toMatchObject({ status: 503 })
      expectUnknown(answer)
    }

    expect(provider.provider.counters.get().refreshRequests).toBe(0)
    expect(given.browser.cookieHeader).toBe(cookie)
    expect(await given.browser.session()).toEqual(before)
  })

  it("throws store_unavailable where there is no answer to give", async () => {
    const { app, browser, store } = await signedIn(makeStore())
    const request = browser.request("/page")
    const { request: req, response: res, raw } = pagesCall(browser)
    store.fail()

    const code = { code: "store_unavailable" }
    await expect(app.result.auth(req, res)).rejects.toMatchObject(code)
    await expect(app.result.getAccessToken({ request })).rejects.toMatchObject(code)
    await expect(app.result.refreshSession({ request })).rejects.toMatchObject(code)
    await expect(app.result.patchSession({ theme: "dark" }, { request })).rejects.toMatchObject(code)
    await expect(app.result.sessionStatus({ request })).rejects.toMatchObject(code)
    await expect(app.result.ping()).rejects.toMatchObject(code)

    expect(raw.getHeader("set-cookie")).toBe(undefined)
    store.heal()
    expect(await app.result.auth(req, res)).toMatchObject({ user: { name: "Alice Liddell" } })
    expect(raw.getHeader("set-cookie")).toBe(undefined)
  })

  it("answers 503 when it fails in the middle of a sign-out: nobody is told that he is out", async () => {
    const { browser, store, csrfToken } = await signedIn(makeStore())
    store.fail(["endLogins"])
    expectUnknown(await browser.post("/api/auth/signout", { csrfToken }))
    store.heal()
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })

  it("answers 503 when it fails in the middle of an update", async () => {
    const callbacks = { jwt: ({ token }: { token: object }) => ({ ...token, seen: Math.random() }) }
    const { browser, store } = await signedIn(makeStore(), { callbacks })
    store.fail(["updateLogin"])
    expectUnknown(await browser.update({}))
    expectUnknown(await browser.get("/api/auth/session"))
    store.heal()
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })

  it("answers 503 when it fails at the end of a sign-in, for a browser without a session too", async () => {
    const { app, store } = await signedIn(makeStore())
    const browser = app.browser()
    const { location } = await browser.startSignIn()
    const callback = await provider.signIn(location, "alice", browser.jar, `${appUrl}/api/auth/callback/`)
    store.fail()
    expectUnknown(await browser.get(callback))
    store.heal()
    expect(await browser.session()).toBe(null)
    await browser.signIn(provider)
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })
})
