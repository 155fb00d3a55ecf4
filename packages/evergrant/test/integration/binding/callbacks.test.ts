import { inspect } from "node:util"
import NextAuth, { type NextAuthConfig } from "next-auth"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication, oidcProvider, secret } from "./application.ts"
import { Browser } from "./browser.ts"
import { sqliteAdapter } from "./sqlite-adapter.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())

type Callbacks = NonNullable<NextAuthConfig["callbacks"]>
type Calls = Record<string, unknown[]>

/** The application's callbacks and events, each noting what it is given. */
function noting(calls: Calls): Required<Pick<NextAuthConfig, "callbacks" | "events">> {
  const note = (name: string, given: unknown) => {
    calls[name] = [...(calls[name] ?? []), given]
  }
  return {
    callbacks: {
      signIn(given) {
        note("signIn", given)
        return true
      },
      redirect(given) {
        note("redirect", given)
        return `${given.baseUrl}/landed`
      },
      jwt(given) {
        note("jwt", given)
        return given.account ? { ...given.token, role: "editor", bulk: "b".repeat(5000) } : given.token
      },
      session(given) {
        note("session", given)
        return { ...given.session, role: given.token.role }
      },
    },
    events: {
      signIn: (given) => note("event signIn", given),
      signOut: (given) => note("event signOut", given),
      session: (given) => note("event session", given),
      linkAccount: (given) => note("event linkAccount", given),
      createUser: (given) => note("event createUser", given),
    },
  }
}

async function signedIn(
  options: Parameters<typeof createApplication>[1],
): Promise<{ app: Application; browser: Browser }> {
  const app = createApplication(provider, options)
  const browser = app.browser()
  await browser.signIn(provider)
  return { app, browser }
}

describe.each([
  ["a config", false],
  ["a function of the request", true],
])("the application's callbacks and events (%s)", (_, lazy) => {
  it("are called with what stock Auth.js passes", async () => {
    const calls: Calls = {}
    const { browser } = await signedIn({ lazy, ...noting(calls) })
    const account = expect.objectContaining({
      provider: "oidc",
      type: "oidc",
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      id_token: expect.any(String),
      expires_at: expect.any(Number),
    })
    const user = expect.objectContaining({ name: "Alice Liddell", email: "alice@example.test" })
    const signedInWith = { user, account, profile: expect.objectContaining({ preferred_username: "alice" }) }
    expect(calls.signIn).toEqual([signedInWith])
    expect(calls.jwt).toEqual([
      {
        ...signedInWith,
        token: {
          name: "Alice Liddell",
          email: "alice@example.test",
          sub: expect.any(String),
          picture: undefined,
        },
        isNewUser: undefined,
        trigger: "signIn",
      },
    ])
    expect(calls["event signIn"]).toEqual([{ ...signedInWith, isNewUser: undefined }])
    expect(calls.redirect).toContainEqual({ url: "/", baseUrl: appUrl })

    const session = await browser.session()

    const token = expect.objectContaining({
      name: "Alice Liddell",
      email: "alice@example.test",
      sub: session?.user.id,
      role: "editor",
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
    })
    expect(calls.jwt?.[1]).toEqual({ token })
    expect(calls.session).toEqual([
      {
        session: {
          user: { name: "Alice Liddell", email: "alice@example.test", image: null },
          expires: session?.expires,
        },
        token,
      },
    ])
    expect(calls["event session"]).toEqual([{ session, token }])

    const answer = await browser.signOut()
    expect(answer.location).toBe(`${appUrl}/landed`)
    expect(calls["event signOut"]).toEqual([{ token }])
  })

  it("add fields that last, reach the session, and do not make the cookie grow", async () => {
    const { app, browser } = await signedIn({ lazy, ...noting({}) })
    expect(browser.sessionValue?.length).toBeLessThanOrEqual(600)
    expect(await browser.session()).toMatchObject({ role: "editor" })
    expect(await browser.session()).toMatchObject({ role: "editor" })
    expect(JSON.parse((await browser.update({})).text)).toMatchObject({ role: "editor" })
    expect(browser.sessionValue?.length).toBeLessThanOrEqual(600)
    const request = browser.request("/")
    expect(await app.result.refreshSession({ request })).toMatchObject({ role: "editor" })
    expect(await app.result.patchSession({ theme: "dark" }, { request })).toMatchObject({ role: "editor" })
  })
})

it("what the callbacks are called with has the members that stock next-auth gives", async () => {
  const members = (calls: Calls) =>
    Object.fromEntries(
      Object.entries(calls)
        .filter(([name]) => name !== "redirect")
        .map(([name, given]) => [name, given.map((one) => Object.keys(one as object).sort())]),
    )
  const walk = async (browser: Browser) => {
    await browser.signIn(provider)
    await browser.session()
    await browser.update({ theme: "dark" })
    await browser.signOut()
  }
  const stockCalls: Calls = {}
  const stock = NextAuth({
    providers: [oidcProvider(provider)],
    secret,
    trustHost: true,
    ...noting(stockCalls),
  })
  await walk(new Browser(stock.handlers, appUrl))
  const calls: Calls = {}
  await walk(createApplication(provider, noting(calls)).browser())

  const expected = members(stockCalls)
  // At a plain read stock passes `session: undefined` to `jwt`.
  expect(expected.jwt?.[1]).toEqual(["session", "token"])
  expect(members(calls)).toEqual({ ...expected, jwt: expected.jwt?.with(1, ["token"]) })
})

describe("a field that the jwt callback adds", () => {
  it("later, in a read that can write no cookie, lasts too", async () => {
    let visits = 0
    const callbacks: Partial<Callbacks> = {
      jwt({ token, account }) {
        if (account || token.firstVisit) return token
        visits += 1
        return { ...token, firstVisit: visits }
      },
      session: ({ session, token }) => ({ ...session, firstVisit: token.firstVisit }),
    }
    const { app, browser } = await signedIn({ callbacks })
    const request = browser.request("/")
    expect(await app.result.sessionStatus({ request })).toMatchObject({ session: { firstVisit: 1 } })
    expect(await browser.session()).toMatchObject({ firstVisit: 1 })
    expect(await browser.copy().session()).toMatchObject({ firstVisit: 1 })
    expect(visits).toBe(1)
  })
})

describe("with an adapter", () => {
  it("fires createUser and linkAccount, and keeps the adapter's user id", async () => {
    const calls: Calls = {}
    const database = sqliteAdapter()
    const { browser } = await signedIn({ adapter: database.adapter, ...noting(calls) })
    const [account] = database.accounts()
    expect((await browser.session())?.user.id).toBe(account?.userId)
    expect(calls["event createUser"]).toHaveLength(1)
    expect(calls["event linkAccount"]).toEqual([
      expect.objectContaining({ account: expect.objectContaining({ provider: "oidc" }) }),
    ])
    expect(calls.jwt?.[0]).toMatchObject({ trigger: "signUp", isNewUser: true })
    await browser.signIn(provider)
    expect((await browser.session())?.user.id).toBe(account?.userId)
    expect(database.accounts()).toHaveLength(1)
  })
})

describe("a callback that says no", () => {
  it("signIn: nobody is signed in", async () => {
    const { app, browser } = await signedIn({ callbacks: { signIn: () => false } })
    expect(browser.answers.at(-1)?.location).toContain("error=AccessDenied")
    expect(browser.sessionValue).toBe(undefined)
    expect(app.events).toEqual([])
  })

  it.each([
    ["a GET", (browser: Browser) => browser.get("/api/auth/session")],
    ["an update", (browser: Browser) => browser.update({})],
    ["our own refresh", (browser: Browser) => browser.postOwn("refresh", {})],
  ])("jwt returns null in %s: the login is over, in every copy", async (_, send) => {
    let banned = false
    const { app, browser } = await signedIn({ callbacks: { jwt: ({ token }) => (banned ? null : token) } })
    const copy = browser.copy()
    banned = true
    const answer = await send(browser)
    expect(answer.status === 401 || answer.text === "null").toBe(true)
    banned = false
    expect(await copy.session()).toBe(null)
    expect(await app.result.sessionStatus({ request: copy.request("/") })).toEqual({
      status: "signed_out",
      reason: "denied_by_application",
    })
  })

  it("jwt returns null at sign-in: no login comes to be", async () => {
    const { app, browser } = await signedIn({ callbacks: { jwt: () => null } })
    expect(browser.sessionValue).toBe(undefined)
    expect(app.events).toEqual([])
  })
})

describe("a callback that throws", () => {
  const requests: [string, (app: Application, browser: Browser) => Promise<unknown>, unknown][] = [
    ["GET session", async (_, browser) => (await browser.get("/api/auth/session")).text, "null"],
    ["POST session", async (_, browser) => (await browser.update({})).text, "null"],
    ["our own refresh", async (_, browser) => (await browser.postOwn("refresh", {})).status, 401],
    [
      "a read on the server",
      async (app, browser) => app.result.sessionStatus({ request: browser.request("/") }),
      { status: "signed_out", reason: "denied_by_application" },
    ],
    [
      "the proxy",
      async (app, browser) => {
        const route = app.result.auth<object>(({ auth }) => Response.json(auth))
        return (await browser.keep(appUrl, await route(browser.request("/"), {}))).text
      },
      "null",
    ],
  ]

  it.each(["jwt", "session"] as const)(
    "denies this request alone, and keeps the cookie (%s)",
    async (name) => {
      let broken = false
      const fail = () => {
        if (broken) throw new Error("The application is broken.")
      }
      const { app, browser } = await signedIn({
        callbacks: {
          jwt({ token }) {
            if (name === "jwt") fail()
            return token
          },
          session({ session }) {
            if (name === "session") fail()
            return session
          },
        },
      })
      for (const [request, send, expected] of requests) {
        broken = true
        expect(await send(app, browser), request).toEqual(expected)
        broken = false
        expect(await browser.session(), request).toMatchObject({ user: { name: "Alice Liddell" } })
      }
      const failures = app.events.filter(({ type }) => type === "callback.failed")
      expect(failures).toEqual(requests.map(() => ({ type: "callback.failed", callback: name })))
      expect(app.events.some(({ type }) => type === "session.ended")).toBe(false)
    },
  )

  it("decides nothing when it is an event", async () => {
    const fail = vi.fn(() => {
      throw new Error("The audit log is full.")
    })
    const events = { session: fail, signIn: fail, signOut: fail }
    const { app, browser } = await signedIn({ events })
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
    expect((await browser.update({})).status).toBe(200)
    expect(await browser.session()).not.toBe(null)
    await browser.signOut()
    expect(await browser.session()).toBe(null)
    expect(fail).toHaveBeenCalledTimes(5)
    expect(inspect(app.log, { depth: 6 }).match(/The audit log is full/g)?.length).toBeGreaterThanOrEqual(5)
  })
})

describe("a session callback that returns too little", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["an empty object", {}],
    ["no user", { hello: 1 }],
    ["a user of null", { user: null }],
  ])("never shows the token (%s)", async (_, returned) => {
    const { browser } = await signedIn({
      callbacks: {
        jwt: ({ token, account }) =>
          account ? { ...token, accessToken: account.access_token, canary: "canary" } : token,
        session: () => returned as never,
      },
    })
    for (const send of [() => browser.get("/api/auth/session"), () => browser.update({})]) {
      const { text } = await send()
      expect(text).not.toContain("canary")
      expect(text).not.toContain("accessToken")
      expect(JSON.parse(text)).toMatchObject({
        user: { id: expect.stringMatching(/^oidc:/), name: "Alice Liddell", email: "alice@example.test" },
      })
    }
  })
})
