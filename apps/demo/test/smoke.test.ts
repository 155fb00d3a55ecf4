/** The demo's HTTP contract and pages, over a real process and the embedded provider. */
import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  createEmbeddedRealm,
  type EmbeddedTestProvider,
} from "../../../packages/evergrant/test/providers/embedded.ts"
import { freePort } from "../../../tools/keycloak/free-port.ts"
import { Browser, textOf } from "./browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "./start-demo.ts"

let provider: EmbeddedTestProvider
let demo: RunningDemo
const seen: string[] = []

beforeAll(async () => {
  const port = await freePort()
  provider = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
  demo = await startDemo({ ...providerEnvironment(provider), PORT: String(port), DEMO_EXPOSE_TOKENS: "1" })
})

afterAll(async () => {
  await demo?.stop()
  await provider?.close()
})

async function signedIn(username: string): Promise<Browser> {
  const browser = new Browser(demo.url)
  await browser.signIn(provider, username)
  const { body } = await browser.getJson("/api/token")
  seen.push(String(body.accessToken))
  return browser
}

describe("signed out", () => {
  test("the app is healthy", async () => {
    expect(await new Browser(demo.url).getJson("/healthz")).toMatchObject({ status: 200, body: { ok: true } })
  })

  test.each(["/api/me", "/api/token", "/api/token?provider=oidc2", "/api/upstream", "/api/accounts"])(
    "%s answers 401 with the reason",
    async (path) => {
      const answer = await new Browser(demo.url).getJson(path)
      expect(answer).toMatchObject({ status: 401, body: { error: "signed_out", reason: "no_session" } })
      expect(answer.headers.get("cache-control")).toBe("no-store")
    },
  )

  test.each(["/app", "/onboarding"])("%s leads to the landing page", async (path) => {
    const page = await new Browser(demo.url).open(path)
    expect(page.url).toBe(`${demo.url}/`)
    expect(page.html).toContain("Sign in with the provider")
  })
})

describe("signed in at the provider", () => {
  test("the form of the page leads to the provider and back", async () => {
    const browser = new Browser(demo.url)
    const atProvider = await browser.submit(await browser.open("/"), "Sign in with the provider")
    expect(atProvider.url).toContain(provider.issuer)
    const page = await browser.comeBack(provider, "alice", atProvider.url)
    expect(page).toMatchObject({ status: 200, url: `${demo.url}/` })
    expect(textOf(page, "user")).toBe("Alice Liddell")
    expect(textOf(page, "plan")).toBe("free")
    expect(textOf(page, "generation")).toBe("1")
  })

  test("/api/me tells user, claims, data and times", async () => {
    const browser = await signedIn("alice")
    const { status, body } = await browser.getJson("/api/me")
    expect(status).toBe(200)
    expect(body).toEqual({
      user: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: "Alice Liddell",
        email: "alice@example.test",
      },
      claims: {
        name: "Alice Liddell",
        given_name: "Alice",
        family_name: "Liddell",
        email: "alice@example.test",
        preferred_username: "alice",
        plan: "free",
        "realm_access.roles": ["user"],
      },
      data: { step: "START", theme: "light" },
      generation: 1,
      version: expect.any(Number),
      expiresAt: expect.any(Number),
    })
  })

  test("/api/accounts and the page tell the linked account, and no token", async () => {
    const browser = await signedIn("alice")
    const { body: token } = await browser.getJson("/api/token")
    const answer = await browser.request("/api/accounts")
    expect(answer.headers.get("cache-control")).toBe("no-store")
    expect(await answer.json()).toEqual([
      {
        provider: "oidc",
        providerAccountId: expect.any(String),
        expires_at: token.expiresAt,
        scope: expect.stringContaining("openid"),
        access_token_sha256: createHash("sha256").update(String(token.accessToken)).digest("hex"),
        refresh_token_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
    const page = await browser.open("/")
    expect(textOf(page, "account-oidc")).toMatch(/./)
    expect(page.html).not.toContain("Link the second provider")
  })

  test("the cookie is one small reference", async () => {
    const browser = await signedIn("alice")
    const value = browser.jar.get(demo.url, "authjs.session-token") ?? ""
    expect(value.length).toBeGreaterThan(0)
    expect(value.length).toBeLessThanOrEqual(600)
    expect(browser.jar.header(demo.url).length).toBeLessThanOrEqual(900)
  })

  test("route and Server Component give the same token, and only when exposed", async () => {
    const browser = await signedIn("alice")
    const { body } = await browser.getJson("/api/token")
    expect(body).toEqual({ accessToken: expect.any(String), expiresAt: expect.any(Number), provider: "oidc" })
    const page = await browser.open("/rsc/token")
    const [, text = ""] = /<pre id="token">([^<]*)<\/pre>/.exec(page.html) ?? []
    expect(JSON.parse(text.replaceAll("&quot;", '"'))).toEqual(body)
    expect((await browser.getJson("/api/token?provider=other")).body).toEqual({ error: "no_grant" })
    expect((await browser.open("/")).html).not.toContain(String(body.accessToken))
  })

  test("a token that the API refuses is refreshed once, and the user does not notice", async () => {
    const browser = await signedIn("bob")
    const { body } = await browser.getJson("/api/token")
    await revokeAccessToken(String(body.accessToken))
    provider.provider.counters.reset()
    const answer = await browser.getJson("/api/upstream")
    expect(answer).toMatchObject({ status: 200, body: { preferred_username: "bob" } })
    expect((await browser.getJson("/api/me")).body.generation).toBe(2)
    expect(provider.provider.counters.get()).toMatchObject({
      refreshRequests: 1,
      userinfo: 1,
      userinfoRefused: 1,
    })
  })

  test("an API that fails for another reason is not asked with a new token", async () => {
    const browser = await signedIn("bob")
    provider.provider.faults.set({ kind: "503", endpoint: "userinfo" })
    try {
      expect((await browser.getJson("/api/upstream")).status).toBe(502)
    } finally {
      provider.provider.faults.clear()
    }
    expect((await browser.getJson("/api/me")).body.generation).toBe(1)
  })
})

describe("article 1: the update from the provider", () => {
  test("shows what changed in its own answer, and to the next navigation's proxy", async () => {
    const browser = await signedIn("alice")
    await provider.setAttributes("alice", { plan: "gold" })
    await provider.setRoles("alice", ["user", "admin"])
    try {
      const { status, body } = await browser.postJson("/api/user/update")
      expect(status).toBe(200)
      expect(body).toMatchObject({
        user: { name: "Alice Liddell" },
        claims: { plan: "gold", "realm_access.roles": ["user", "admin"] },
        generation: 2,
      })
      const page = await browser.open("/")
      expect(page.headers.get("x-demo-plan")).toBe("gold")
      expect(textOf(page, "plan")).toBe("gold")
    } finally {
      await provider.setAttributes("alice", { plan: "free" })
      await provider.setRoles("alice", ["user"])
    }
  })

  test("the page that answers the button shows it, without JavaScript", async () => {
    const browser = await signedIn("alice")
    const before = await browser.open("/")
    await provider.setAttributes("alice", { plan: "silver" })
    try {
      const after = await browser.submit(before, "Update from the provider")
      expect(textOf(after, "plan")).toBe("silver")
      expect(textOf(after, "generation")).toBe("2")
      expect(after.html).toContain("This is what the provider says now.")
    } finally {
      await provider.setAttributes("alice", { plan: "free" })
    }
  })

  test("is refused from another site, and when it is too large", async () => {
    const browser = await signedIn("alice")
    const foreign = { origin: "http://other.example" }
    expect((await browser.postJson("/api/user/update", undefined, foreign)).status).toBe(403)
    expect((await browser.postJson("/api/user/update", undefined, { "x-evergrant": "" })).status).toBe(403)
    expect((await browser.postJson("/api/user/update", { text: "x".repeat(70_000) })).status).toBe(413)
    expect((await browser.getJson("/api/me")).body.generation).toBe(1)
  })
})

describe("article 4: onboarding", () => {
  test("opens the app at once, and is remembered at the next sign-in", async () => {
    const browser = await signedIn("bob")
    const first = await browser.open("/app")
    expect(first.url).toBe(`${demo.url}/onboarding`)
    expect(first.headers.get("x-demo-step")).toBe("START")
    const second = await browser.submit(first, "Continue")
    expect(textOf(second, "onboarding")).toContain("Step ")
    expect(second.html).toContain("Finish")
    const app = await browser.submit(second, "Finish")
    expect(app).toMatchObject({ status: 200, url: `${demo.url}/app` })
    expect(app.headers.get("x-demo-step")).toBe("COMPLETED")
    expect(app.html).toContain("Hello, <!-- -->Bob Builder")

    await browser.signOut()
    await browser.signIn(provider, "bob")
    expect((await browser.open("/app")).url).toBe(`${demo.url}/app`)
  })

  test("the route takes a step and refuses what is none", async () => {
    const browser = await signedIn("alice")
    const refused = await browser.postJson("/api/onboarding", { step: "ADMIN" })
    expect(refused).toMatchObject({ status: 400, body: { error: "patch_invalid" } })
    expect((await browser.getJson("/api/me")).body.data).toMatchObject({ step: "START" })
    const taken = await browser.postJson("/api/onboarding", { step: "PROFILE" })
    expect(taken).toMatchObject({ status: 200, body: { data: { step: "PROFILE", theme: "light" } } })
    await browser.postJson("/api/onboarding", { step: "START" })
  })

  test("the browser may patch the theme and not the step", async () => {
    const browser = await signedIn("alice")
    const path = "/api/auth/evergrant/patch"
    expect((await browser.postJson(path, { step: "COMPLETED" })).status).toBe(400)
    expect(await browser.postJson(path, { theme: "dark" })).toMatchObject({ status: 200 })
    const page = await browser.open("/")
    expect(page.html).toContain('<main data-theme="dark">')
    expect(textOf(page, "step")).toBe("START")
    await browser.postJson(path, { theme: "light" })
  })

  test("a guest has data and no grant", async () => {
    const browser = new Browser(demo.url)
    const page = await browser.submit(await browser.open("/"), "as a guest", { name: "  Ada\u0007 " })
    expect(textOf(page, "user")).toBe("Ada")
    expect(await browser.getJson("/api/token")).toMatchObject({ status: 409, body: { error: "no_grant" } })
    expect(await browser.postJson("/api/user/update")).toMatchObject({ status: 409 })
    expect(await browser.postJson("/api/onboarding", { step: "COMPLETED" })).toMatchObject({ status: 200 })
    expect((await browser.open("/app")).url).toBe(`${demo.url}/app`)
    const me = await browser.getJson("/api/me")
    expect(me.body).toMatchObject({
      generation: null,
      expiresAt: null,
      user: { id: expect.stringMatching(/^guest:/) },
    })
  })
})

describe("article 3: sign-out", () => {
  test("ends the session here and at the provider, and says so", async () => {
    const browser = await signedIn("alice")
    const thief = browser.copy()
    const page = await browser.submit(await browser.open("/"), "Sign out")
    expect(page.url).toBe(`${demo.url}/`)
    expect(page.html).toContain("Signed out here and at the provider.")
    expect(await browser.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "no_session" } })
    expect(await thief.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "signed_out" } })

    // Whoever asks the provider without a password hears that nobody is signed in there.
    const started = await browser.postAuthForm("/api/auth/signin/oidc")
    const silent = new URL(started.headers.get("location") ?? "")
    silent.searchParams.set("prompt", "none")
    const answer = await provider.signIn(
      silent.href,
      "alice",
      browser.jar,
      `${demo.url}/api/auth/callback/oidc`,
    )
    expect(new URL(answer).searchParams.get("error")).toBe("login_required")
  })

  test("Auth.js's own form does the same", async () => {
    const browser = await signedIn("bob")
    const page = await browser.signOut()
    expect(page.html).toContain("Signed out here and at the provider.")
    expect((await browser.getJson("/api/me")).status).toBe(401)
  })
})

test("no token was ever printed", () => {
  expect(seen.length).toBeGreaterThan(0)
  for (const token of seen) expect(demo.output()).not.toContain(token.slice(-40))
})

async function revokeAccessToken(token: string): Promise<void> {
  const answer = await fetch(`${provider.issuer}/protocol/openid-connect/revoke`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${provider.clientId}:${provider.clientSecret}`)}` },
    body: new URLSearchParams({ token }),
  })
  expect(answer.status).toBe(200)
}
