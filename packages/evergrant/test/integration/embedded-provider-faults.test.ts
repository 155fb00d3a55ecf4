import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createEmbeddedProvider, type EmbeddedProvider } from "../../src/testing/index.ts"
import { type Application, client, createApplication, type Tokens } from "./embedded-provider-application.ts"

let provider: EmbeddedProvider
let app: Application
let tokens: Tokens

beforeEach(async () => {
  provider = await createEmbeddedProvider({ clients: [client] })
  app = createApplication(provider)
  tokens = await app.signIn()
})
afterEach(() => provider.close())

const refresh = () => app.refresh(tokens.refresh_token)

describe("faults at the token endpoint", () => {
  it.each([
    ["503", { status: 503, body: { error: "temporarily_unavailable" } }],
    ["429", { status: 429, body: { error: "too_many_requests" } }],
    ["500", { status: 500, body: { error: "unknown_error" } }],
    ["html", { status: 200, body: { text: expect.stringContaining("<!doctype html>") } }],
    ["empty", { status: 200, body: { text: "" } }],
  ] as const)("answers %s so many times, and spends nothing", async (kind, answer) => {
    provider.faults.set({ kind, times: 2 })
    expect(await refresh()).toMatchObject(answer)
    expect(await refresh()).toMatchObject(answer)
    expect((await refresh()).status).toBe(200)
    expect(provider.faults.list()).toMatchObject([{ kind, endpoint: "token", hits: 2 }])
    expect(provider.counters.get()).toMatchObject({
      refreshRequests: 3,
      refreshFaulted: 2,
      refreshSucceeded: 1,
      refreshRefused: 0,
    })
  })

  it("says when to come back", async () => {
    provider.faults.set({ kind: "503", retryAfter: 7 })
    expect((await refresh()).headers.get("retry-after")).toBe("7")
  })

  it("resets the connection before anything is done", async () => {
    provider.faults.set({ kind: "reset", times: 1 })
    await expect(refresh()).rejects.toThrow("fetch failed")
    expect((await refresh()).status).toBe(200)
  })

  it("rotates and then loses the answer", async () => {
    provider.faults.set({ kind: "lost-answer", times: 1 })
    await expect(refresh()).rejects.toThrow("fetch failed")
    expect(provider.counters.get()).toMatchObject({
      refreshRequests: 1,
      refreshSucceeded: 1,
      refreshFaulted: 0,
    })
    // The token is spent: showing it again is taken for theft.
    expect(await refresh()).toMatchObject({
      status: 400,
      body: { error_description: "Maximum allowed refresh token reuse exceeded" },
    })
  })

  it("hangs until it is cleared, and never processes what hung", async () => {
    provider.faults.set({ kind: "hang" })
    let settled = false
    const hanging = refresh().finally(() => {
      settled = true
    })
    hanging.catch(() => undefined)
    await expect.poll(() => provider.faults.list()[0]?.hits).toBe(1)
    // A request that is not hit is answered meanwhile, so the hanging one would have been, too.
    expect((await app.userinfo(tokens.access_token)).status).toBe(200)
    expect(settled).toBe(false)
    provider.faults.clear()
    await expect(hanging).rejects.toThrow("fetch failed")
    expect((await refresh()).status).toBe(200)
  })

  it("closes a hanging connection by itself after some seconds", async () => {
    provider.faults.set({ kind: "hang", seconds: 0.05, times: 1 })
    await expect(refresh()).rejects.toThrow("fetch failed")
    expect((await refresh()).status).toBe(200)
  })

  it("lets sign-ins through unless told otherwise", async () => {
    provider.faults.set({ kind: "503" })
    await expect(app.signIn("bob")).resolves.toHaveProperty("access_token")
    provider.faults.set({ kind: "503", grant: "any" })
    await expect(app.signIn("bob")).rejects.toThrow("503")
  })
})

describe("faults elsewhere", () => {
  const calls = {
    userinfo: () => app.userinfo(tokens.access_token),
    jwks: () => fetch(app.endpoint("certs")),
    discovery: () => fetch(`${provider.issuer}/.well-known/openid-configuration`),
    logout: () => fetch(`${app.endpoint("logout")}?id_token_hint=${tokens.id_token}`),
    revocation: () => app.post("revoke", { token: "unknown" }),
    introspection: () => app.post("token/introspect", { token: "unknown" }),
  }

  it.each(Object.keys(calls) as (keyof typeof calls)[])("hits %s alone", async (endpoint) => {
    provider.faults.set({ kind: "500", endpoint })
    for (const name of Object.keys(calls) as (keyof typeof calls)[]) {
      if (name === "logout" && endpoint !== "logout") continue
      expect([name, (await calls[name]()).status]).toEqual([name, name === endpoint ? 500 : 200])
    }
    expect((await refresh()).status).toBe(200)
  })

  it("hits every endpoint that servers call, and leaves the session alone", async () => {
    provider.faults.set({ kind: "503", endpoint: "all" })
    for (const call of [...Object.values(calls), refresh]) expect((await call()).status).toBe(503)
    provider.faults.clear()
    expect((await refresh()).status).toBe(200)
  })

  it("ends the session although the answer of end session is lost", async () => {
    provider.faults.set({ kind: "lost-answer", endpoint: "logout" })
    await expect(calls.logout()).rejects.toThrow("fetch failed")
    expect(provider.sessions.list()).toEqual([])
  })

  it("refuses a fault that makes no sense, by name", () => {
    expect(() => provider.faults.set({ kind: "503", times: 0 })).toThrow("times must be above 0")
    // From JSON, as the control surface gets them: the compiler would not let these through.
    const fromJson = (text: string) => () => provider.faults.set(JSON.parse(text))
    expect(fromJson('{ "kind": "404" }')).toThrow("kind must be one of")
    expect(fromJson('{ "kind": "503", "endpoint": "auth" }')).toThrow("endpoint must be one of")
  })
})

describe("latency", () => {
  it("delays answers and is switched at run time", async () => {
    provider.latency = 3600
    expect(provider.settings.get().latency).toBe(3600)
    let settled = false
    const waiting = refresh().finally(() => {
      settled = true
    })
    waiting.catch(() => undefined)
    await expect.poll(() => provider.counters.get().refreshRequests).toBe(1)
    // The control surface has no latency: its answer shows that time enough has passed for the other one.
    expect((await fetch(`${provider.origin}/control/state`)).status).toBe(200)
    expect(settled).toBe(false)
    expect(provider.counters.get().refreshSucceeded).toBe(0)

    provider.latency = 0
    expect((await refresh()).status).toBe(200)
    expect(() => {
      provider.latency = -1
    }).toThrow("latency")
  })
})
