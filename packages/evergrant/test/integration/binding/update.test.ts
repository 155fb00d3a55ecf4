import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { appUrl, createApplication } from "./application.ts"
import type { SessionJson } from "./browser.ts"

describeEachProvider("useSession().update()", appUrl, (provider) => {
  it("asks the provider, and answers what is true now", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    await provider().setAttributes("alice", { plan: "free" })
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())
    const before = await browser.session()
    expect(before?.claims.plan).toBe("free")
    await provider().setAttributes("alice", { plan: "gold" })
    await provider().setRoles("alice", ["editor"])
    expect((await browser.session())?.claims.plan).toBe("free")

    const answer = await browser.update({})

    expect(answer.status).toBe(200)
    const updated = JSON.parse(answer.text) as SessionJson
    expect(updated.claims).toMatchObject({
      plan: "gold",
      "realm_access.roles": expect.arrayContaining(["editor"]),
    })
    expect(updated.grants[0]?.generation).toBe(2)
    expect(updated.version).toBeGreaterThan(before?.version ?? 0)
    expect(updated.user).toEqual(before?.user)
    expect(await browser.session()).toEqual(updated)
    expect(browser.sessionValue?.length).toBeLessThanOrEqual(600)
  })

  it("ends the session when the provider says that it is over", async () => {
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider(), "bob")
    await provider().endSessions("bob")
    const answer = await browser.update({})
    expect(answer).toMatchObject({ status: 200, text: "null" })
    expect(browser.sessionValue).toBe(undefined)
    expect(await browser.session()).toBe(null)
  })
})

describe("useSession().update() (embedded provider)", () => {
  let provider: EmbeddedTestProvider
  beforeAll(async () => {
    provider = await createEmbeddedRealm({ appUrl })
    await provider.setLifetimes({ accessToken: 300 })
  })
  afterAll(() => provider.close())

  async function signedIn(options: Parameters<typeof createApplication>[1] = {}) {
    const app = createApplication(provider, options)
    const browser = app.browser()
    await browser.signIn(provider)
    provider.provider.counters.reset()
    return { app, browser }
  }

  it("believes the browser in nothing but the fields that it may write", async () => {
    const { browser } = await signedIn()
    const before = await browser.session()

    const answer = await browser.update({
      user: { id: "x", name: "Mallory", email: "m@example.test" },
      plan: "admin",
      step: "COMPLETED",
      theme: "dark",
      sub: "x",
      evergrant: "x",
      claims: { plan: "admin" },
      data: { step: "COMPLETED" },
      unknown: true,
    })

    const after = JSON.parse(answer.text) as SessionJson
    expect(after.data).toEqual({ step: "START", theme: "dark" })
    expect(after.user).toEqual(before?.user)
    expect(after.claims).toEqual(before?.claims)
    expect(Object.keys(after).sort()).toEqual(Object.keys(before ?? {}).sort())
    expect(await browser.session()).toEqual(after)
  })

  it.each([
    ["a refused value", { theme: "purple" }],
    ["a prototype", JSON.parse('{"__proto__":{"theme":"dark"}}') as object],
    ["a list", ["theme", "dark"]],
    ["a string", "theme"],
    ["nothing", null],
  ])("changes no field for %s, and refreshes all the same", async (_, payload) => {
    const { browser } = await signedIn()
    const before = await browser.session()
    const answer = await browser.update(payload)
    const after = JSON.parse(answer.text) as SessionJson
    expect(after.data).toEqual(before?.data)
    expect(after.grants[0]?.generation).toBe(2)
  })

  it("hands the payload to the application's jwt callback with the trigger, as stock Auth.js does", async () => {
    const seen: unknown[] = []
    const { browser } = await signedIn({
      callbacks: {
        jwt({ token, trigger, session }) {
          if (trigger === "update") seen.push(session)
          return token
        },
      },
    })
    await browser.session()
    await browser.update({ theme: "dark", anything: 1 })
    expect(seen).toEqual([{ theme: "dark", anything: 1 }])
  })

  it("does nothing without the CSRF token", async () => {
    const { browser } = await signedIn()
    const before = await browser.session()
    const cookie = browser.sessionValue
    await browser.csrfToken()

    for (const body of [
      { data: { theme: "dark" } },
      { csrfToken: "0".repeat(64), data: { theme: "dark" } },
    ]) {
      const answer = await browser.postJson("/api/auth/session", body)
      expect(answer).toMatchObject({ status: 400, setCookies: [] })
    }
    expect(await browser.session()).toEqual(before)
    expect(browser.sessionValue).toBe(cookie)
    expect(provider.provider.counters.get().refreshRequests).toBe(0)
  })

  it("leaves session and cookie as they are while the provider is down", async () => {
    const { browser } = await signedIn()
    const before = await browser.session()
    provider.provider.faults.set({ kind: "503" })
    try {
      const answer = await browser.update({})
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.text)).toEqual(before)
      expect(browser.sessionValue).not.toBe(undefined)
      expect(provider.provider.faults.list()[0]?.hits).toBeGreaterThan(0)
    } finally {
      provider.provider.faults.clear()
    }
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
  })

  it("does not refresh for a GET, however its path is written", async () => {
    const { browser } = await signedIn()
    for (const path of ["/api/auth/session", "/api/auth/session/", "/api/auth//session"]) {
      expect(JSON.parse((await browser.get(path)).text), path).toMatchObject({ grants: [{ generation: 1 }] })
    }
    expect(provider.provider.counters.get().refreshRequests).toBe(0)
  })

  it("refuses a body of more than 64 KiB", async () => {
    const { browser } = await signedIn()
    const answer = await browser.update({ filler: "x".repeat(70_000) })
    expect(answer).toMatchObject({ status: 413, setCookies: [] })
    expect(await browser.session()).not.toBe(null)
  })

  it("turns many updates at once into one or two refreshes", async () => {
    const { browser } = await signedIn()
    const csrfToken = await browser.csrfToken()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => browser.postJson("/api/auth/session", { csrfToken, data: {} })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    const { refreshSucceeded, refreshRefused } = provider.provider.counters.get()
    expect(refreshRefused).toBe(0)
    expect(refreshSucceeded).toBeLessThan(10)
    expect(await browser.session()).toMatchObject({ grants: [{ generation: refreshSucceeded + 1 }] })
  })
})
