/** Tokens stay on the server; the cookie is one small reference; nothing in the store opens elsewhere. */
import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import { describeDemo, figure, tokenOf } from "./scene.ts"
import { storedTokens } from "./stored-tokens.ts"

/** Parts of a token that would betray it anywhere: its signature and its whole payload. */
function canaries(tokens: readonly (string | null)[]): string[] {
  return tokens.flatMap((token) => {
    if (!token) return []
    const parts = token.split(".")
    return parts.length === 3 ? [parts[1] ?? token, parts[2] ?? token] : [token]
  })
}

await describeDemo("what leaves the server", { stores: ["sqlite"] }, (scene) => {
  it("is a cookie of at most 600 bytes, and a Cookie header of at most 900", async () => {
    const { provider, strategy, signedIn } = scene()
    const browser = await signedIn()
    await browser.signOut()
    // The flag of the sign-out and all of Auth.js's own cookies are still there.
    await browser.signIn(provider, "alice")
    const value = browser.jar.get(browser.app, "authjs.session-token") ?? ""
    const header = browser.jar.header(`${browser.app}/api/me`)
    expect(value.length).toBeGreaterThan(40)
    expect(value.length).toBeLessThanOrEqual(600)
    const own = header.split("; ").filter((pair) => /^(authjs|evergrant|__)/.test(pair))
    expect(own.join("; ").length).toBeLessThanOrEqual(900)
    figure(
      `${provider.kind}, ${strategy}: session cookie ${value.length} bytes, Cookie header ${own.join("; ").length} bytes`,
    )
  })

  it("holds no token: no page, answer, error, header or log line", async () => {
    const { provider, strategy, signedIn, demos, file, secret } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const browser = await signedIn()
    const first = await storedTokens(file, secret)
    await browser.postJson("/api/user/update")
    const tokens = [...first, ...(await storedTokens(file, secret))]
    const planted = canaries(tokens.flatMap((set) => [set.accessToken, set.refreshToken, set.idToken]))
    const cookie = browser.jar.get(browser.app, "authjs.session-token") ?? ""
    expect(planted.length).toBeGreaterThan(6)
    expect((await tokenOf(browser)).accessToken).toContain(canaries([tokens.at(-1)?.accessToken ?? null])[1])

    const said: string[] = []
    for (const path of [
      "/",
      "/onboarding",
      "/app",
      "/session-client",
      "/api/me",
      "/api/auth/session",
      "/api/auth/providers",
      "/api/auth/signin",
      "/api/auth/evergrant/session",
      "/api/upstream",
      "/api/accounts",
      "/api/auth/error?error=Configuration",
      "/api/auth/callback/oidc?code=x&state=y",
      "/nowhere",
    ]) {
      const answer = await browser.request(path)
      said.push(JSON.stringify([...answer.headers]), await answer.text())
    }
    said.push(JSON.stringify(await browser.postJson("/api/user/update")))
    said.push(JSON.stringify(await browser.postJson("/api/auth/evergrant/patch", { step: "x" })))
    await provider.setClientSecretAtProvider("wrong")
    said.push(JSON.stringify(await browser.postJson("/api/user/update")))
    await provider.setClientSecretAtProvider(provider.clientSecret)
    await browser.signOut()
    const heard = [...said, ...demos.map((demo) => demo.output())].join("\n")
    expect(planted.filter((canary) => heard.includes(canary))).toEqual([])
    expect(heard).not.toContain(secret)
    // In the database strategy it is the session itself; Set-Cookie is where it belongs.
    expect(demos.map((demo) => demo.output()).join()).not.toContain(cookie)
    figure(
      `${provider.kind}, ${strategy}: ${planted.length} canaries, 0 found in ${heard.length} characters of answers and log`,
    )
  })
})

await describeDemo("the store", { stores: ["sqlite"] }, (scene) => {
  it("holds no token that can be read", async () => {
    const { signedIn, file, secret } = scene()
    const browser = await signedIn()
    const cookie = browser.jar.get(browser.app, "authjs.session-token") ?? ""
    const tokens = await storedTokens(file, secret)
    const dump = new DatabaseSync(file, { readOnly: true })
    const text = ["logins", "grants", "data", "handles", "spent_tokens", "changes"]
      .map((table) => JSON.stringify(dump.prepare(`SELECT * FROM ${table}`).all()))
      .join()
    dump.close()
    const planted = tokens.flatMap((set) => [set.accessToken, set.refreshToken, set.idToken ?? ""])
    expect([cookie, ...planted].filter((token) => text.includes(token.slice(0, 40)))).toEqual([])
  })

  it("gives nobody another login's tokens, nor older ones: moved values do not open", async () => {
    const { signedIn, file } = scene()
    const alice = await signedIn("alice")
    const bob = await signedIn("bob")
    const store = new DatabaseSync(file)
    store.exec("PRAGMA busy_timeout = 5000")
    const names = store
      .prepare("SELECT login_id, sealed_tokens FROM grants ORDER BY rowid DESC LIMIT 2")
      .all()
    const [bobs, alices] = names as { login_id: string; sealed_tokens: string }[]
    const put = store.prepare("UPDATE grants SET sealed_tokens = ? WHERE login_id = ?")

    put.run(alices?.sealed_tokens ?? "", bobs?.login_id ?? "")
    expect(await bob.getJson("/api/token")).toMatchObject({
      status: 401,
      body: { reason: "unreadable_session" },
    })
    put.run(bobs?.sealed_tokens ?? "", bobs?.login_id ?? "")
    expect((await bob.getJson("/api/token")).status).toBe(200)

    await alice.postJson("/api/user/update")
    const newest = store
      .prepare("SELECT sealed_tokens FROM grants WHERE login_id = ?")
      .get(alices?.login_id ?? "")
    put.run(alices?.sealed_tokens ?? "", alices?.login_id ?? "")
    expect((await alice.getJson("/api/token")).status).toBe(401)
    put.run(String(newest?.sealed_tokens), alices?.login_id ?? "")
    expect((await alice.getJson("/api/token")).status).toBe(200)
    store.close()
  })
})
