/** The placement without a store: sign-in, reading, updates, sign-out, restart. */
import { encode } from "@auth/core/jwt"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { forgetProcessWide } from "../../../src/process-wide.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, secret } from "./application.ts"
import { type Browser, sessionCookie } from "./browser.ts"
import {
  carriedLogin,
  createCookieApplication,
  moveTo,
  readCookie,
  sessionParts,
  sessionToken,
} from "./cookie-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())
afterEach(() => vi.restoreAllMocks())

type Options = Parameters<typeof createCookieApplication>[1]

async function signedIn(options: Options = {}): Promise<{ app: Application; browser: Browser }> {
  const app = createCookieApplication(provider, options)
  const browser = app.browser()
  await browser.signIn(provider)
  return { app, browser }
}

function latch(): { opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Replaces the session of a browser. */
function put(browser: Browser, value: string): void {
  for (const [name] of sessionParts(browser)) browser.jar.store(appUrl, [`${name}=; Path=/; Max-Age=0`])
  const chunks = value.match(/.{1,3936}/g) ?? []
  browser.jar.store(
    appUrl,
    chunks.map((chunk, index) => `${sessionCookie}${chunks.length > 1 ? `.${index}` : ""}=${chunk}; Path=/`),
  )
}

describe("signing in without a store", () => {
  it("leaves a session of the stock shape, and the login in chunks that Auth.js has cut", async () => {
    const { app, browser } = await signedIn()

    expect(sessionParts(browser).map(([name]) => name)).toEqual([`${sessionCookie}.0`, `${sessionCookie}.1`])
    expect(await browser.session()).toMatchObject({
      user: { name: "Alice Liddell", email: "alice@example.test" },
      claims: { plan: "free", "realm_access.roles": ["user"] },
      data: { step: "START", theme: "light" },
      grants: [{ provider: "oidc", generation: 1 }],
    })
    const { accessToken } = await app.result.getAccessToken({ request: browser.request("/") })
    expect(accessToken).toBe(app.tokens[0]?.access_token)
  })

  it("carries each token once, and nothing that is sealed already", async () => {
    const { app, browser } = await signedIn()
    const text = JSON.stringify(await readCookie(browser))

    for (const token of Object.values(app.tokens[0] ?? {})
      .map(String)
      .filter((value) => value.length > 100)) {
      expect(text.split(token)).toHaveLength(2)
    }
    expect(text).not.toContain("eg1.")
  })

  it("shows no token to the browser, to a log or to an event", async () => {
    const { app, browser } = await signedIn()
    await browser.session()
    await browser.update({})
    await browser.postOwn("refresh", {})
    await browser.signOut()

    const seen = JSON.stringify([
      browser.answers.map((answer) => [answer.text, [...answer.headers]]),
      app.log,
      app.events,
    ])
    expect(app.tokens.length).toBe(3)
    for (const answer of app.tokens) {
      for (const token of [answer.access_token, answer.refresh_token, answer.id_token]) {
        expect(seen).not.toContain(token?.slice(-40))
      }
    }
  })

  it("hands the application's callbacks their own token, and keeps what they add", async () => {
    const seen: object[] = []
    const { browser } = await signedIn({
      callbacks: {
        jwt({ token }) {
          seen.push({ ...token })
          return { ...token, visits: Number(token.visits ?? 0) + 1 }
        },
        session: ({ session, token }) => ({ ...session, visits: token.visits }),
      },
    })
    expect(await browser.session()).toMatchObject({ visits: 2 })
    expect(await browser.session()).toMatchObject({ visits: 3 })
    expect(JSON.stringify(seen)).not.toMatch(/evergrantLogin|refreshToken/)

    // In the cookie, too: another process goes on counting.
    const other = createCookieApplication(provider, {
      callbacks: { session: ({ session, token }) => ({ ...session, visits: token.visits }) },
    })
    expect(await moveTo(other, browser).session()).toMatchObject({ visits: 3 })
  })

  it("replaces the login of before, chunks and all", async () => {
    const { app, browser } = await signedIn()
    const old = browser.copy()
    await browser.signIn(provider)

    expect(await browser.session()).toMatchObject({ grants: [{ generation: 1 }] })
    expect(await old.session()).toBe(null)
    expect(app.events.filter(({ type }) => type === "session.ended")).toMatchObject([{ reason: "replaced" }])
  })
})

describe("what changes the session writes the cookie", () => {
  it("update() from the browser", async () => {
    const { browser } = await signedIn()
    await provider.setAttributes("alice", { plan: "gold" })
    try {
      const answer = await browser.update({ theme: "dark" })
      expect(JSON.parse(answer.text)).toMatchObject({ claims: { plan: "gold" }, data: { theme: "dark" } })
      expect(await carriedLogin(browser)).toMatchObject({
        grants: [{ generation: 2 }],
        data: { fields: { theme: "dark" } },
      })
      const other = createCookieApplication(provider)
      expect(await moveTo(other, browser).session()).toMatchObject({
        claims: { plan: "gold" },
        data: { theme: "dark" },
      })
    } finally {
      await provider.setAttributes("alice", { plan: "free" })
    }
  })

  it.each([
    ["refresh", {}, { grants: [{ generation: 2 }] }],
    ["patch", { theme: "dark" }, { grants: [{ generation: 1 }], data: { fields: { theme: "dark" } } }],
  ])("POST evergrant/%s", async (route, body, carried) => {
    const { browser } = await signedIn()
    const answer = await browser.postOwn(route, body)
    expect(answer.status).toBe(200)
    expect(answer.setCookies.length).toBeGreaterThan(0)
    expect(await carriedLogin(browser)).toMatchObject(carried)
  })

  it("GET session, for what was changed where no cookie could be written, and once", async () => {
    const { app, browser } = await signedIn()
    await app.result.patchSession({ step: "COMPLETED" }, { request: browser.request("/") })
    expect((await carriedLogin(browser)).data).toMatchObject({ fields: { step: "START" } })

    expect((await browser.session())?.data).toMatchObject({ step: "COMPLETED" })

    expect((await carriedLogin(browser)).data).toMatchObject({ fields: { step: "COMPLETED" } })
    await browser.session()
    expect(browser.answers.at(-1)?.setCookies).toEqual([])
  })

  it("but not what only looks", async () => {
    const { app, browser } = await signedIn()
    await app.result.patchSession({ step: "COMPLETED" }, { request: browser.request("/") })
    expect((await browser.get("/api/auth/evergrant/session")).setCookies).toEqual([])
    expect((await browser.postOwn("patch", { step: "START" })).setCookies).toEqual([])
  })
})

describe("signing out without a store", () => {
  it("ends the session at the provider, and every copy of the cookie in this process", async () => {
    const { app, browser } = await signedIn()
    const copy = browser.copy()
    const older = browser.copy()
    await browser.postOwn("refresh", {})
    await browser.signOut()

    expect(app.events.find(({ type }) => type === "signout.finished")).toMatchObject({
      providers: [{ provider: "oidc", status: "ended" }],
    })
    expect(sessionParts(browser)).toEqual([])
    for (const thief of [copy, older]) {
      expect(await thief.session()).toBe(null)
      expect(await app.result.sessionStatus({ request: thief.request("/") })).toEqual({
        status: "signed_out",
        reason: "signed_out",
      })
    }
  })

  it("lets no late answer put the cookie back", async () => {
    const gate = latch()
    const reached = latch()
    let hold = false
    const { browser } = await signedIn({
      // Each answer would renew the cookie.
      session: { strategy: "jwt", updateAge: 0 },
      callbacks: {
        async session({ session }) {
          if (hold) {
            reached.open()
            await gate.opened
          }
          return session
        },
      },
    })
    const csrfToken = await browser.csrfToken()
    const old = browser.copy()
    hold = true
    const late = old.get("/api/auth/session")
    const lateUpdate = old.postJson("/api/auth/session", { csrfToken, data: {} })
    await reached.opened
    hold = false
    await browser.signOut()
    gate.open()

    expect((await late).setCookies).toEqual([])
    browser.jar.store(appUrl, [...(await lateUpdate).setCookies])
    expect(sessionParts(browser)).toEqual([])
  })

  it("LIMIT: another process cannot know it; the provider refuses the tokens, though", async () => {
    const { browser } = await signedIn()
    const copy = browser.copy()
    await browser.signOut()

    const other = createCookieApplication(provider)
    const elsewhere = moveTo(other, copy)
    expect(await elsewhere.session()).toMatchObject({ user: { name: "Alice Liddell" } })
    expect((await elsewhere.postOwn("refresh", {})).status).toBe(401)
    expect(await elsewhere.session()).toBe(null)
  })
})

describe("a process that starts again", () => {
  it("knows the login from its cookie, with generation and versions", async () => {
    const { app, browser } = await signedIn()
    await browser.postOwn("refresh", {})
    await browser.postOwn("patch", { theme: "dark" })
    const before = await browser.session()
    const { accessToken } = await app.result.getAccessToken({ request: browser.request("/") })

    const restarted = createCookieApplication(provider)
    const same = moveTo(restarted, browser)

    expect(await same.session()).toEqual(before)
    expect(before).toMatchObject({ grants: [{ generation: 2 }], data: { theme: "dark" } })
    expect(await restarted.result.getAccessToken({ request: same.request("/") })).toMatchObject({
      accessToken,
    })
    expect((await same.postOwn("refresh", {})).status).toBe(200)
    expect((await carriedLogin(same)).grants).toMatchObject([{ generation: 3 }])
  })

  it("LIMIT: cannot go on with a token that was rotated where no cookie was written, under strict rotation", async () => {
    await provider.setRotation("strict")
    const { app, browser } = await signedIn()
    // As a Server Component: the rotation stays in the memory of the process.
    await app.result.refreshSession({ request: browser.request("/") })

    const restarted = moveTo(createCookieApplication(provider), browser)

    expect(await restarted.session()).toMatchObject({ grants: [{ generation: 1 }] })
    const answer = await restarted.postOwn("refresh", {})
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text)).toMatchObject({ reason: "provider_session_ended" })
    expect(await restarted.session()).toBe(null)
  })
})

describe("a cookie that nobody here has written like that", () => {
  it.each<[string, (login: object) => unknown]>([
    ["of a newer format", (login) => ({ ...login, format: 2 })],
    ["without its grants", (login) => ({ ...login, grants: undefined })],
    ["with a grant that holds no token", (login) => ({ ...login, grants: [{ provider: "oidc" }] })],
    ["that is a text", () => "garbage"],
    ["that is nothing", () => null],
  ])("is signed out with a reason: a login %s", async (_, spoil) => {
    const { app, browser } = await signedIn()
    const { iat: _iat, exp: _exp, jti: _jti, ...token } = await readCookie(browser)
    const spoilt = { ...token, evergrantLogin: spoil(token.evergrantLogin ?? {}) }
    put(browser, await encode({ token: spoilt, secret, salt: sessionCookie }))

    const unreadable = { status: "signed_out", reason: "unreadable_session" }
    expect(await app.result.sessionStatus({ request: browser.request("/") })).toEqual(unreadable)
    expect(await browser.session()).toBe(null)
    expect(await app.result.auth(browser.request("/page"))).toMatchObject({ status: 200 })
    expect((await browser.postOwn("refresh", {})).status).toBe(401)
    // And the user can sign in again.
    await browser.signIn(provider)
    expect(await browser.session()).toMatchObject({ grants: [{ generation: 1 }] })
  })

  it("is signed out when it was altered", async () => {
    const { app, browser } = await signedIn()
    const value = sessionToken(sessionParts(browser))
    put(browser, `${value.slice(0, -8)}AAAAAAAA`)
    expect(await app.result.sessionStatus({ request: browser.request("/") })).toMatchObject({
      reason: "unreadable_session",
    })
  })

  it("leads nowhere in an application of another namespace", async () => {
    const { browser } = await signedIn()
    const foreign = createCookieApplication(provider, { evergrant: { namespace: "another" } })
    expect(await foreign.result.sessionStatus({ request: browser.request("/") })).toEqual({
      status: "signed_out",
      reason: "unknown_session",
    })
  })
})

describe("what is said at start", () => {
  it("warns once in a process, however many applications and requests there are", async () => {
    forgetProcessWide("placement.limited")
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
    const silent = { evergrant: { events: undefined } } as unknown as Options
    const apps = [createCookieApplication(provider, silent), createCookieApplication(provider, silent)]
    for (const app of apps) for (const _ of [1, 2]) await app.browser().session()

    const said = warn.mock.calls.flat().filter((text) => String(text).includes("cookieStore()"))
    expect(said).toEqual([expect.stringMatching(/^\[evergrant\] [^.]*docs\/cookie-placement\.md\)\.$/)])
  })

  it("refuses the database strategy in one sentence", () => {
    expect(() => createCookieApplication(provider, { session: { strategy: "database" } })).toThrow(
      /^cookieStore\(\) .*: use sqliteStore\("evergrant\.db"\), or set session: \{ strategy: "jwt" \}\.$/,
    )
  })
})
