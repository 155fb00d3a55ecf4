/** The HTTP contract of every example, walked through once in each strategy and on each provider. */
import { expect, it } from "vitest"
import { Browser } from "../../../apps/demo/test/browser.ts"
import { describeExample, fingerprint, type Scene } from "./scene.ts"

async function link(browser: Browser, { second }: Scene, username: string): Promise<void> {
  const start = await browser.postAuthForm("/api/auth/signin/oidc2", { callbackUrl: "/" })
  const callback = `${browser.app}/api/auth/callback/oidc2`
  await browser.open(
    await second.signIn(start.headers.get("location") ?? "", username, browser.jar, callback),
  )
}

await describeExample("the contract", ["jwt", "database"], (scene, strategy) => {
  const stranger = () => new Browser(scene().example().url)

  it("is healthy, and tells a stranger why nobody is signed in", async () => {
    expect(await stranger().getJson("/healthz")).toMatchObject({ status: 200, body: { ok: true } })
    for (const path of ["/api/me", "/api/token", "/api/upstream", "/api/accounts"]) {
      const answer = await stranger().getJson(path)
      expect([path, answer.status, answer.body]).toEqual([
        path,
        401,
        { error: "signed_out", reason: "no_session" },
      ])
      expect(answer.headers.get("cache-control")).toBe("no-store")
    }
    expect((await stranger().open("/app")).url).toBe(`${stranger().app}/`)
  })

  it("signs in for the first time with the stock adapter", async () => {
    const { provider } = scene()
    const profile = { givenName: "Alice", familyName: "Liddell", email: "alice@example.test" }
    await provider.setProfile("alice", profile)
    await provider.setRoles("alice", ["user"])
    const browser = stranger()
    const atProvider = await browser.submit(await browser.open("/"), "Sign in with oidc")
    const page = await browser.comeBack(provider, "alice", atProvider.url)
    expect(page).toMatchObject({ status: 200, url: `${browser.app}/` })
    expect(page.html).toContain("Alice Liddell")
    const { status, body } = await browser.getJson("/api/me")
    expect(status).toBe(200)
    expect(body).toEqual({
      user: { id: expect.any(String), name: "Alice Liddell", email: "alice@example.test" },
      claims: expect.objectContaining({
        preferred_username: "alice",
        plan: "free",
        "realm_access.roles": expect.arrayContaining(["user"]),
      }),
      data: { step: "START", theme: "light" },
      generation: 1,
      version: expect.any(Number),
      expiresAt: expect.any(Number),
    })
    const rows = await scene().database.query('SELECT id FROM "User"')
    expect(rows).toEqual([{ id: (body.user as { id: string }).id }])
    expect(await scene().database.query('SELECT "userId" FROM "Session"')).toHaveLength(
      strategy === "database" ? 1 : 0,
    )
  })

  it("keeps the cookie one small reference", async () => {
    const browser = await scene().signedIn()
    const value = browser.jar.get(browser.app, "authjs.session-token") ?? ""
    expect(value.length).toBeGreaterThan(0)
    expect(value.length).toBeLessThanOrEqual(600)
    expect(browser.jar.header(browser.app).length).toBeLessThanOrEqual(900)
  })

  it("gives the same token to a route and a Server Component, and uses it upstream", async () => {
    const browser = await scene().signedIn()
    const { body } = await browser.getJson("/api/token")
    expect(body).toEqual({ accessToken: expect.any(String), expiresAt: expect.any(Number), provider: "oidc" })
    const page = await browser.open("/rsc/token")
    const [, text = ""] = /<pre id="token">([^<]*)<\/pre>/.exec(page.html) ?? []
    expect(JSON.parse(text.replaceAll("&quot;", '"'))).toEqual(body)
    expect(await browser.getJson("/api/upstream")).toMatchObject({
      status: 200,
      body: { preferred_username: "alice" },
    })
    expect((await browser.getJson("/api/token?provider=oidc2")).body).toEqual({ error: "no_grant" })
  })

  it("shows in the same answer what changed at the provider", async () => {
    const { provider, signedIn } = scene()
    const browser = await signedIn()
    await provider.setAttributes("alice", { plan: "gold" })
    expect(await browser.postJson("/api/user/update")).toMatchObject({
      status: 200,
      body: { claims: { plan: "gold" }, generation: 2 },
    })
    expect((await browser.open("/")).html).toMatch(/data-testid="plan">gold/)
    const foreign = { origin: "http://other.example" }
    expect((await browser.postJson("/api/user/update", undefined, foreign)).status).toBe(403)
    expect((await browser.postJson("/api/user/update", { text: "x".repeat(70_000) })).status).toBe(413)
    await provider.setAttributes("alice", { plan: "free" })
  })

  it("opens the app once the onboarding is done, and remembers it", async () => {
    const browser = await scene().signedIn("bob")
    expect((await browser.open("/app")).url).toBe(`${browser.app}/onboarding`)
    const refused = await browser.postJson("/api/onboarding", { step: "ADMIN" })
    expect(refused).toMatchObject({ status: 400, body: { error: "patch_invalid" } })
    const taken = await browser.postJson("/api/onboarding", { step: "PROFILE" })
    expect(taken).toMatchObject({ status: 200, body: { data: { step: "PROFILE", theme: "light" } } })
    const app = await browser.submit(await browser.open("/onboarding"), "Finish")
    expect(app).toMatchObject({ status: 200, url: `${browser.app}/app` })
    await browser.signOut()
    await browser.signIn(scene().provider, "bob")
    expect((await browser.open("/app")).url).toBe(`${browser.app}/app`)
  })

  it("lets the browser patch the theme and not the step", async () => {
    const browser = await scene().signedIn()
    const path = "/api/auth/evergrant/patch"
    expect((await browser.postJson(path, { step: "COMPLETED" })).status).toBe(400)
    expect((await browser.postJson(path, { theme: "dark" })).status).toBe(200)
    expect((await browser.getJson("/api/me")).body.data).toMatchObject({ step: "START", theme: "dark" })
    await browser.postJson(path, { theme: "light" })
  })

  it("links the second provider to the same user, and keeps both rows", async () => {
    const browser = await scene().signedIn()
    const before = (await browser.getJson("/api/me")).body.user
    await link(browser, scene(), "alice")
    expect((await browser.getJson("/api/me")).body.user).toEqual(before)
    const tokens = await Promise.all(
      ["", "?provider=oidc2"].map(async (query) => (await browser.getJson(`/api/token${query}`)).body),
    )
    expect(tokens.map(({ provider }) => provider)).toEqual(["oidc", "oidc2"])
    const answer = await browser.request("/api/accounts")
    const rows: Record<string, unknown>[] = await answer.json()
    expect(rows).toEqual(
      tokens.map(({ provider, accessToken, expiresAt }) => ({
        provider,
        providerAccountId: expect.any(String),
        expires_at: Math.floor(Number(expiresAt)),
        scope: expect.stringContaining("openid"),
        access_token_sha256: fingerprint(accessToken),
        refresh_token_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      })),
    )
  })

  it("signs out here and at the provider, and every copy of the cookie with it", async () => {
    const { provider, signedIn } = scene()
    const browser = await signedIn("bob")
    const thief = browser.copy()
    await browser.submit(await browser.open("/"), "Sign out")
    expect(browser.jar.get(browser.app, "evergrant.signed-out")).toBe("ended")
    expect(await browser.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "no_session" } })
    expect(await thief.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "signed_out" } })
    const start = await browser.postAuthForm("/api/auth/signin/oidc")
    const silent = new URL(start.headers.get("location") ?? "")
    silent.searchParams.set("prompt", "none")
    const callback = `${browser.app}/api/auth/callback/oidc`
    const answer = new URL(await provider.signIn(silent.href, "bob", browser.jar, callback))
    expect(answer.searchParams.get("error")).toBe("login_required")
  })

  it("prints no token", async () => {
    const browser = await scene().signedIn()
    const { body } = await browser.getJson("/api/token")
    const output = scene().example().output()
    for (const token of [body.accessToken, browser.jar.get(browser.app, "authjs.session-token")]) {
      expect(output).not.toContain(String(token).slice(-40))
    }
  })
})
