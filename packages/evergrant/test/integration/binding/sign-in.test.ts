import { inspect } from "node:util"
import { decode } from "@auth/core/jwt"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { appUrl, createApplication, secret, type TokenAnswer } from "./application.ts"
import { sessionCookie } from "./browser.ts"

/** The tokens, and what would be left of one in a shortened log line. */
function canaries(answers: readonly TokenAnswer[]): string[] {
  const tokens = answers.flatMap((answer) => [answer.access_token, answer.refresh_token, answer.id_token])
  return tokens.flatMap((token) => (token ? [token, token.slice(-24)] : []))
}

let written: string[] = []
beforeEach(() => {
  written = []
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      written.push(String(chunk))
      return true
    })
  }
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...said) => {
      written.push(inspect(said, { depth: 8 }))
    })
  }
})
afterEach(() => vi.restoreAllMocks())

describeEachProvider("signing in", appUrl, (provider) => {
  it("leaves a small cookie and a session of the stock shape, with what was declared", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    await provider().setAttributes("alice", { plan: "silver" })
    const app = createApplication(provider())
    const browser = app.browser()

    const answer = await browser.signIn(provider())

    expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
    expect(browser.sessionValue?.length).toBeLessThanOrEqual(600)
    expect(browser.cookieHeader.length).toBeLessThanOrEqual(900)
    const session = await browser.session()
    expect(session).toEqual({
      user: {
        id: expect.stringMatching(/^oidc:/),
        name: expect.any(String),
        email: expect.any(String),
        image: null,
      },
      expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      claims: {
        plan: "silver",
        email: expect.any(String),
        "realm_access.roles": expect.any(Array),
      },
      data: { step: "START", theme: "light" },
      grants: [
        {
          provider: "oidc",
          generation: 1,
          expiresAt: expect.any(Number),
          sessionExpiresAt: expect.any(Number),
        },
      ],
      version: expect.any(Number),
    })
  })

  it("puts a reference into the cookie and nothing else", async () => {
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())

    const content = await decode({ token: browser.sessionValue ?? "", secret, salt: sessionCookie })

    expect(Object.keys(content ?? {}).sort()).toEqual(["evergrant", "exp", "iat", "jti", "sub"])
    expect(String(content?.evergrant)).toMatch(/^[\w-]{43}$/)
  })

  it("shows no token in any answer, header, event or log line", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider())
    const old = browser.copy()
    await browser.session()
    await browser.update({})
    await browser.postOwn("refresh", {})
    await browser.postOwn("patch", { theme: "dark" })
    await browser.postOwn("patch", { step: "COMPLETED" })
    await browser.get("/api/auth/evergrant/session")
    await browser.get("/api/auth/signin")
    await browser.get("/api/auth/signout")
    await browser.get("/api/auth/callback/oidc?code=nothing&state=nothing")
    await browser.keep(appUrl, await app.result.auth(browser.request("/page")))
    const token = await app.result.getAccessToken({ request: browser.request("/page") })
    await browser.signOut()
    await old.session()
    await old.postOwn("refresh", {})

    expect(app.tokens.length).toBe(3)
    expect(app.tokens[2]?.access_token).toBe(token.accessToken)
    const secrets = canaries(app.tokens)
    expect(secrets.length).toBe(18)
    const seen = [
      ...[...browser.answers, ...old.answers].map(({ text, headers }) =>
        [text, ...[...headers].map(([name, value]) => `${name}: ${decodeURIComponent(value)}`)].join("\n"),
      ),
      ...written,
      inspect([app.events, app.log], { depth: 12, maxStringLength: null }),
    ]
    expect(seen.filter((text) => secrets.some((canary) => text.includes(canary)))).toEqual([])
    // The ears work: the refused callback was logged.
    expect(inspect(app.log, { depth: 3 })).toContain("InvalidCheck")
    expect(app.events.map(({ type }) => type)).toContain("signout.finished")
  })

  it("starts a fresh login at each sign-in: the old one is replaced, the user and the data stay", async () => {
    await provider().setLifetimes({ accessToken: 300 })
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider(), "bob")
    const old = browser.copy()
    const before = await browser.session()
    await app.result.patchSession({ step: "COMPLETED" }, { request: browser.request("/page") })

    await browser.signIn(provider(), "bob")

    const after = await browser.session()
    expect(after?.user.id).toBe(before?.user.id)
    expect(after?.data.step).toBe("COMPLETED")
    expect(browser.sessionValue).not.toBe(old.sessionValue)
    expect(await old.session()).toBe(null)
    expect(await app.result.sessionStatus({ request: old.request("/") })).toEqual({
      status: "signed_out",
      reason: "replaced",
    })
    expect(app.events.filter(({ type }) => type === "session.ended")).toMatchObject([{ reason: "replaced" }])
    // The new login has a provider session that lives.
    expect((await browser.postOwn("refresh", {})).status).toBe(200)
  })

  it("keeps the user and the data over a sign-out and the next sign-in", async () => {
    const app = createApplication(provider())
    const browser = app.browser()
    await browser.signIn(provider(), "bob")
    const before = await browser.session()
    await browser.postOwn("patch", { theme: "dark" })
    await browser.signOut()
    expect(await browser.session()).toBe(null)

    const other = app.browser()
    await other.signIn(provider(), "bob")

    const after = await other.session()
    expect(after?.user.id).toBe(before?.user.id)
    expect(after?.data.theme).toBe("dark")
  })
})
