import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication } from "./application.ts"
import type { Answer, Browser } from "./browser.ts"

let provider: EmbeddedTestProvider
let app: Application
let browser: Browser
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
  app = createApplication(provider)
  browser = app.browser()
  await browser.signIn(provider)
})
afterAll(() => provider.close())

const body = ({ text }: Answer): unknown => JSON.parse(text)

/** Sends what must be refused; nothing may have changed. */
async function expectRefused(send: () => Promise<Answer>, status: number, error: string): Promise<void> {
  const before = await browser.session()
  const requests = provider.provider.counters.get().refreshRequests
  const answer = await send()
  expect(answer).toMatchObject({ status, setCookies: [] })
  expect(body(answer)).toMatchObject({ error })
  expect(answer.headers.get("cache-control")).toBe("no-store")
  expect(await browser.session()).toEqual(before)
  expect(provider.provider.counters.get().refreshRequests).toBe(requests)
}

describe("GET evergrant/session", () => {
  it("tells who is there without asking the provider or keeping anybody alive", async () => {
    await provider.setLifetimes({ accessToken: 1 })
    const idle = createApplication(provider, { session: { strategy: "jwt", updateAge: 0 } })
    const visitor = idle.browser()
    await visitor.signIn(provider)
    await provider.setLifetimes({ accessToken: 300 })
    const due = async () => {
      const answer = await visitor.copy().get("/api/auth/evergrant/session")
      expect(answer).toMatchObject({ status: 200, setCookies: [] })
      expect(answer.headers.get("cache-control")).toBe("no-store")
      expect(body(answer)).toEqual({
        status: "session",
        expiresAt: expect.any(Number),
        version: expect.any(Number),
      })
    }
    const signedInAt = Date.now()
    provider.provider.counters.reset()
    // Until the access token has expired, and once more: any other read asks the provider then.
    await expect.poll(() => Date.now() - signedInAt, { timeout: 5000 }).toBeGreaterThan(1100)
    await due()
    expect(provider.provider.counters.get()).toMatchObject({ refreshRequests: 0, userinfo: 0 })

    const answer = await visitor.get("/api/auth/session")
    expect(answer.setCookies).not.toEqual([])
    expect(provider.provider.counters.get()).toMatchObject({ refreshRequests: 1 })
  })

  it("says why nobody is signed in", async () => {
    expect(body(await app.browser().get("/api/auth/evergrant/session"))).toEqual({
      status: "signed_out",
      reason: "no_session",
    })
  })
})

describe("POST evergrant/refresh", () => {
  it("asks the provider and answers what is true now", async () => {
    await provider.setAttributes("alice", { plan: "platinum" })
    const before = await browser.session()
    const answer = await browser.postOwn("refresh", {})
    expect(answer).toMatchObject({ status: 200, setCookies: [] })
    expect(body(answer)).toEqual({
      user: before?.user,
      claims: { ...before?.claims, plan: "platinum" },
      generation: (before?.grants[0]?.generation ?? 0) + 1,
      version: expect.any(Number),
    })
    expect(await browser.session()).toMatchObject({ claims: { plan: "platinum" } })
  })

  it("needs no body", async () => {
    const headers = { "x-evergrant": "1", origin: appUrl }
    const request = browser.request("/api/auth/evergrant/refresh", { method: "POST", headers })
    expect(await browser.send(request)).toMatchObject({ status: 200 })
  })

  it("answers 503 with the time to wait while the provider is down", async () => {
    provider.provider.faults.set({ kind: "503", retryAfter: 1 })
    try {
      const answer = await browser.postOwn("refresh", {})
      expect(answer).toMatchObject({ status: 503, setCookies: [] })
      expect(body(answer)).toEqual({ error: "provider_unavailable", retryAfter: expect.any(Number) })
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
    } finally {
      provider.provider.faults.clear()
    }
    expect(await browser.session()).not.toBe(null)
    // The pause that a provider asks for holds for whoever refreshes at it, forced or not.
    const again = async () => (await browser.postOwn("refresh", {})).status
    await expect.poll(again, { timeout: 20_000 }).toBe(200)
  })

  it("answers 401 to nobody", async () => {
    const answer = await app.browser().postOwn("refresh", {})
    expect(answer.status).toBe(401)
    expect(body(answer)).toEqual({ error: "signed_out", reason: "no_session" })
  })
})

describe("POST evergrant/patch", () => {
  it("changes what the browser may write", async () => {
    const before = await browser.session()
    for (const theme of ["dark", "light"]) {
      const answer = await browser.postOwn("patch", { theme })
      expect(answer).toMatchObject({ status: 200, setCookies: [] })
      expect(body(answer)).toEqual({ data: { ...before?.data, theme }, version: expect.any(Number) })
    }
    expect((await browser.session())?.version).toBe((before?.version ?? 0) + 2)
  })

  it.each([
    ["a field of the server", { step: "COMPLETED" }, "patch_not_allowed"],
    [
      "a field of the server beside one of its own",
      { theme: "dark", step: "COMPLETED" },
      "patch_not_allowed",
    ],
    ["an unknown field", { plan: "gold" }, "patch_not_allowed"],
    ["a value that the schema refuses", { theme: "purple" }, "patch_invalid"],
    ["no field", {}, "request_invalid"],
    ["a prototype", '{"__proto__":{"theme":"dark"}}', "request_invalid"],
    ["a constructor", '{"constructor":{"theme":"dark"}}', "request_invalid"],
    ["a list", ["theme"], "request_invalid"],
    ["null", "null", "request_invalid"],
    ["no JSON", "{theme", "request_invalid"],
  ])("refuses %s", (_, patch, error) => expectRefused(() => browser.postOwn("patch", patch), 400, error))
})

describe.each(["refresh", "patch"])("the defences of POST evergrant/%s", (route) => {
  const path = `/api/auth/evergrant/${route}`
  const json = { "content-type": "application/json" }
  const text = JSON.stringify({ theme: "dark" })
  const send = (headers: Record<string, string>, content: BodyInit = text) =>
    browser.send(browser.request(path, { method: "POST", headers, body: content }))
  const own = { ...json, "x-evergrant": "1", origin: appUrl }

  it.each<[string, Record<string, string>]>([
    ["without the header", { ...json, origin: appUrl }],
    ["with another value of the header", { ...own, "x-evergrant": "true" }],
    ["from another origin", { ...own, origin: "http://evil.localhost:3210" }],
    ["from another port", { ...own, origin: "http://app.localhost:3211" }],
    ["from another protocol", { ...own, origin: "https://app.localhost:3210" }],
    ["from an opaque origin", { ...own, origin: "null" }],
    [
      "from another origin that fetch calls the same",
      { ...own, origin: "http://evil.localhost", "sec-fetch-site": "same-origin" },
    ],
    ["from another site", { ...json, "x-evergrant": "1", "sec-fetch-site": "same-site" }],
    ["from nowhere", { ...json, "x-evergrant": "1" }],
  ])("refuses a request %s", (_, headers) => expectRefused(() => send(headers), 403, "cross_site"))

  it("takes a request that fetch calls of the same origin", async () => {
    const headers = { ...json, "x-evergrant": "1", "sec-fetch-site": "same-origin" }
    expect((await send(headers)).status).toBe(200)
  })

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
  ])("refuses %s", (type) =>
    expectRefused(() => send({ ...own, "content-type": type }), 415, "request_invalid"),
  )

  it("takes JSON with a charset", async () => {
    expect((await send({ ...own, "content-type": "Application/JSON; charset=utf-8" })).status).toBe(200)
  })

  it("refuses more than 64 KiB, whether the length is told or not", async () => {
    const large = JSON.stringify({ theme: "x".repeat(64 * 1024) })
    await expectRefused(
      () => send({ ...own, "content-length": String(large.length) }, large),
      413,
      "request_invalid",
    )
    const pieces = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of large.match(/.{1,10000}/gs) ?? [])
            controller.enqueue(new TextEncoder().encode(piece))
          controller.close()
        },
      })
    await expectRefused(() => send(own, pieces()), 413, "request_invalid")
    await expectRefused(() => send({ ...own, "content-length": "5" }, pieces()), 413, "request_invalid")
  })

  it("refuses GET", () => expectRefused(() => browser.get(path), 405, "method_not_allowed"))
})

describe("the other routes", () => {
  it("refuses POST where GET is meant", () =>
    expectRefused(() => browser.postOwn("session", {}), 405, "method_not_allowed"))

  it.each(["events", "frontchannel-logout", "signed-out"])("answers 501 for %s", (name) =>
    expectRefused(() => browser.get(`/api/auth/evergrant/${name}`), 501, "not_implemented"),
  )

  it("answers 501 for backchannel-logout", () =>
    expectRefused(() => browser.postOwn("backchannel-logout", {}), 501, "not_implemented"))

  it.each(["", "nothing", "session/more", "toString", "__proto__", "constructor", "SESSION"])(
    "knows no evergrant/%s",
    (name) => expectRefused(() => browser.get(`/api/auth/evergrant/${name}`), 404, "not_found"),
  )
})
