import { afterEach, describe, expect, it } from "vitest"
import {
  CookieJar,
  createEmbeddedProvider,
  type EmbeddedProvider,
  type EmbeddedProviderOptions,
} from "../../src/testing/index.ts"
import { client, createApplication } from "./embedded-provider-application.ts"

const running: EmbeddedProvider[] = []

async function start(options: EmbeddedProviderOptions = {}): Promise<EmbeddedProvider> {
  const provider = await createEmbeddedProvider({ clients: [client], ...options })
  running.push(provider)
  return provider
}
afterEach(() => Promise.all(running.splice(0).map((provider) => provider.close())))

describe("instances", () => {
  it("share nothing within one process", async () => {
    const [first, second] = [await start(), await start({ realm: "other" })]
    expect(second.issuer).toBe(`http://localhost:${second.port}/realms/other`)
    const jar = new CookieJar()
    const [mine, theirs] = [createApplication(first), createApplication(second)]
    const tokens = await mine.signIn("alice", jar)

    const code = (await mine.silently(jar)).get("code")
    expect((await theirs.exchange(code)).status).toBe(400)
    expect((await mine.exchange(code)).status).toBe(200)
    expect(second.sessions.list()).toEqual([])
    expect((await theirs.refresh(tokens.refresh_token)).status).toBe(400)
    expect((await theirs.userinfo(tokens.access_token)).status).toBe(401)
    expect((await theirs.silently(jar)).get("error")).toBe("login_required")
    first.users.update("alice", { attributes: { plan: "pro" } })
    first.users.disable("bob")
    first.settings.set({ rotation: "off", lifetimes: { accessToken: 5 } })
    first.faults.set({ kind: "503" })
    expect(second.users.get("alice")?.attributes).toEqual({ plan: "free" })
    expect(second.settings.get()).toMatchObject({ rotation: "strict", lifetimes: { accessToken: 60 } })
    expect(second.counters.get()).toMatchObject({ codeExchanges: 0, refreshRefused: 1 })
    const bob = await theirs.signIn("bob")
    expect((await theirs.refresh(bob.refresh_token)).status).toBe(200)
  })

  it("gives a user the same sub after a restart", async () => {
    const [before, after] = [await start(), await start()]
    expect(after.users.get("alice")?.sub).toBe(before.users.get("alice")?.sub)
    expect(after.users.get("alice")?.sub).not.toBe(after.users.get("bob")?.sub)
  })

  it("stops listening when closed, with requests hanging", async () => {
    const provider = await start()
    const app = createApplication(provider)
    const { refresh_token } = await app.signIn()
    provider.faults.set({ kind: "hang" })
    const hanging = app.refresh(refresh_token)
    hanging.catch(() => undefined)
    await expect.poll(() => provider.faults.list()[0]?.hits).toBe(1)
    await provider.close()
    await expect(hanging).rejects.toThrow("fetch failed")
    await expect(fetch(provider.issuer)).rejects.toThrow("fetch failed")
  })

  it.each<[string, EmbeddedProviderOptions]>([
    ["realm name", { realm: "a/b" }],
    ["lifetimes.accessToken", { lifetimes: { accessToken: 0.5 } }],
    ["rotation", { rotation: { kind: "reuse-window", seconds: 0 } }],
    ["needs a secret", { clients: [{ ...client, secret: "" }] }],
    ["exists already", { clients: [client, client] }],
    ["needs a redirect URI", { clients: [{ ...client, redirectUris: [] }] }],
    ["is not an http(s) URL", { clients: [{ ...client, redirectUris: ["http://*.example/"] }] }],
    ["is not an http(s) URL", { clients: [{ ...client, redirectUris: ["http://localhost/a*b"] }] }],
    ["is not an http(s) URL", { clients: [{ ...client, redirectUris: ["http://localhost*"] }] }],
    ["is not an http(s) URL", { clients: [{ ...client, redirectUris: ["app://callback"] }] }],
    ["backchannelLogoutUri", { clients: [{ ...client, backchannelLogoutUri: "nowhere" }] }],
    ["exists already", { users: [{ username: "carol" }, { username: "carol" }] }],
    ["is not a TCP port", { port: 70_000 }],
  ])("refuses a wrong option: %s", async (message, options) => {
    await expect(createEmbeddedProvider(options)).rejects.toThrow(message)
    await expect(createEmbeddedProvider(options)).rejects.toMatchObject({ code: "option_invalid" })
  })

  it("says so when the port is taken", async () => {
    const { port } = await start()
    await expect(createEmbeddedProvider({ port })).rejects.toThrow(`127.0.0.1:${port}`)
  })
})

describe("sign-in page", () => {
  const open = async (provider: EmbeddedProvider, jar = new CookieJar()) => {
    const url = createApplication(provider).authorizationUrl({ state: "s" })
    const redirect = await jar.fetch(url)
    const page = new URL(redirect.headers.get("location") ?? "", url)
    return { jar, page, html: await (await jar.fetch(page)).text() }
  }
  const submit = (jar: CookieJar, page: URL, fields: Record<string, string>) =>
    jar.fetch(page, { method: "POST", body: new URLSearchParams(fields) })

  it("names the client and shows no users unless asked to", async () => {
    const { html } = await open(await start({ clients: [{ ...client, name: "Tea & Cake" }] }))
    expect(html).toContain("Tea &amp; Cake")
    expect(html).not.toContain("Continue as")
  })

  it("signs in with one click in a demo, and only there", async () => {
    const shown = await open(await start({ showUsers: true }))
    expect(shown.html).toContain("Continue as Alice Liddell")
    expect((await submit(shown.jar, shown.page, { demo: "alice" })).status).toBe(303)
    const hidden = await open(await start())
    const refused = await submit(hidden.jar, hidden.page, { demo: "alice" })
    expect(await refused.text()).toContain("Invalid username or password.")
  })

  it("refuses a wrong password and a disabled user, and asks again", async () => {
    const provider = await start()
    const { jar, page } = await open(provider)
    const wrong = await submit(jar, page, { username: "alice", password: "guess" })
    expect(await wrong.text()).toContain("Invalid username or password.")
    provider.users.disable("bob")
    const disabled = await submit(jar, page, { username: "bob", password: "bob" })
    expect(await disabled.text()).toContain("Invalid username or password.")
    expect((await submit(jar, page, { username: "alice", password: "alice" })).status).toBe(303)
  })

  it("takes no form from a browser that did not open it", async () => {
    const { page } = await open(await start())
    const answer = await submit(new CookieJar(), page, { username: "alice", password: "alice" })
    expect(answer.status).toBe(400)
  })

  it("returns access_denied when the user cancels", async () => {
    const { jar, page } = await open(await start())
    const resume = await submit(jar, page, { cancel: "1" })
    const callback = await jar.fetch(resume.headers.get("location") ?? "")
    expect(new URL(callback.headers.get("location") ?? "").searchParams.get("error")).toBe("access_denied")
  })

  it("does not mix two users in one browser", async () => {
    const provider = await start()
    const app = createApplication(provider)
    const jar = new CookieJar()
    await app.signIn("alice", jar)
    await expect(app.authorize("bob", jar, { prompt: "login" })).rejects.toThrow("showed the form again")
    const again = await app.authorize("alice", jar, { prompt: "login" })
    expect(again.has("code")).toBe(true)
    expect(provider.sessions.list()).toHaveLength(1)
  })

  it("asks a browser whose user was disabled meanwhile to sign in", async () => {
    const provider = await start()
    const jar = new CookieJar()
    await createApplication(provider).signIn("alice", jar)
    provider.users.disable("alice")
    expect((await createApplication(provider).silently(jar)).get("error")).toBe("login_required")
  })

  it("keeps its cookies away from applications on the same host", async () => {
    const provider = await start()
    const jar = new CookieJar()
    await createApplication(provider).signIn("alice", jar)
    const port = String(provider.port)
    expect(jar.header(provider.issuer)).toBe("")
    expect(jar.header(`${provider.issuer}/protocol`)).toContain(`sso_session_${port}`)
    expect(jar.header(`${provider.origin}/`)).toBe("")
  })
})

describe("cookie jar", () => {
  const url = "http://localhost:4000/a/b"

  it("honours path, host and port", () => {
    const jar = new CookieJar()
    jar.set(url, "deep=1; Path=/a")
    jar.set(url, "wide=2; path=/")
    jar.set(url, "near=3")
    expect(jar.header(url)).toBe("deep=1; near=3; wide=2")
    expect(jar.header("http://localhost:4000/ab")).toBe("wide=2")
    expect(jar.header("http://localhost:4001/a/b")).toBe("")
    expect(jar.get(url, "deep")).toBe("1")
  })

  it("forgets what is over", () => {
    const jar = new CookieJar()
    jar.set(url, "a=1; Path=/")
    jar.set(url, "b=1; Path=/")
    jar.set(url, "a=; Path=/; Max-Age=0")
    jar.set(url, "b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    jar.set(url, "c=x=y; Path=/; Max-Age=60")
    expect(jar.header(url)).toBe("c=x=y")
    jar.clear()
    expect(jar.header(url)).toBe("")
  })
})
