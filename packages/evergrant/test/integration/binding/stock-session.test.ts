import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { decode, encode } from "@auth/core/jwt"
import { decodeJwt } from "jose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { EvergrantAuthOptions } from "../../../src/next/index.ts"
import type { StoreDriver } from "../../../src/store/grant-store.ts"
import { sqliteStore } from "../../../src/stores/sqlite.ts"
import { temporaryFolder } from "../../contract/temporary-folder.ts"
import { connectBareClient } from "../../providers/bare-client.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication, freshStore, secret } from "./application.ts"
import { type Browser, sessionCookie } from "./browser.ts"

let provider: EmbeddedTestProvider
const folder = temporaryFolder()
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(async () => {
  await provider.close()
  folder.remove()
})

const stores: [string, () => StoreDriver][] = [
  ["memory", freshStore],
  ["sqlite", () => sqliteStore(join(folder.path, `${randomUUID()}.db`))],
]

const sam = { sub: "user-7", name: "Sam", email: "sam@example.test", picture: "/sam.png", role: "editor" }

/** A browser that signed in before Evergrant was installed. Large tokens come in chunks, as Auth.js writes them. */
async function stockBrowser(app: Application, token: Record<string, unknown>): Promise<Browser> {
  const browser = app.browser()
  const value = await encode({ token, secret, salt: sessionCookie })
  const parts = value.match(/.{1,3936}/g) ?? []
  browser.jar.store(
    appUrl,
    parts.map((part, index) => `${sessionCookie}${parts.length > 1 ? `.${index}` : ""}=${part}; Path=/`),
  )
  return browser
}

function status(app: Application, browser: Browser): Promise<unknown> {
  return app.result.sessionStatus({ request: browser.request("/") })
}

describe.each(stores)("a session from before the installation (%s)", (_, makeStore) => {
  it.each([
    ["small", {}],
    ["in chunks", { filler: "x".repeat(9000) }],
  ])("stays signed in (%s)", async (_size, more) => {
    const app = createApplication(provider, { evergrant: { store: makeStore() } })
    const browser = await stockBrowser(app, { ...sam, ...more })
    const cookie = browser.cookieHeader

    expect(await browser.session()).toEqual({
      user: { id: "user-7", name: "Sam", email: "sam@example.test", image: "/sam.png" },
      expires: expect.any(String),
      claims: {},
      data: {},
      grants: [],
      version: 0,
    })
    const request = browser.request("/")
    await expect(app.result.getAccessToken({ request })).rejects.toMatchObject({ code: "no_grant" })
    expect(await browser.postOwn("refresh", {})).toMatchObject({ status: 409 })
    expect(browser.cookieHeader).toBe(cookie)
    expect(app.events).toEqual([])
  })

  it("shows its token to the application's callbacks, without what Evergrant adds", async () => {
    const seen: unknown[] = []
    const app = createApplication(provider, {
      evergrant: { store: makeStore() },
      callbacks: {
        jwt({ token }) {
          seen.push(token)
          return token
        },
        session: ({ session, token }) => ({ ...session, role: token.role }),
      },
    })
    const browser = await stockBrowser(app, sam)
    expect(await browser.session()).toMatchObject({ role: "editor" })
    expect(await browser.update({})).toMatchObject({ status: 200 })
    expect(await browser.session()).toMatchObject({ role: "editor" })
    expect(seen).toHaveLength(3)
    for (const token of seen) {
      expect(token).toEqual({
        ...sam,
        iat: expect.any(Number),
        exp: expect.any(Number),
        jti: expect.any(String),
      })
    }
  })

  it("keeps data that are patched", async () => {
    const app = createApplication(provider, { evergrant: { store: makeStore() } })
    const browser = await stockBrowser(app, sam)
    expect((await browser.postOwn("patch", { theme: "dark" })).status).toBe(200)
    const request = browser.request("/")
    await app.result.patchSession({ step: "PROFILE" }, { request })
    expect(await browser.session()).toMatchObject({ data: { theme: "dark", step: "PROFILE" }, version: 2 })
  })

  it.each([
    ["as it was", async () => {}],
    ["after an update", (browser: Browser) => browser.update({})],
    ["after it was issued again", (browser: Browser) => browser.session()],
  ])("is refused in every copy once it is signed out (%s)", async (_when, before) => {
    const updateAge = _when === "after it was issued again" ? 0 : 24 * 3600
    const app = createApplication(provider, {
      evergrant: { store: makeStore() },
      session: { strategy: "jwt", updateAge },
    })
    const browser = await stockBrowser(app, sam)
    const first = browser.copy()
    await before(browser)
    const second = browser.copy()
    expect(await second.session()).toMatchObject({ user: { id: "user-7" } })

    await browser.signOut()

    expect(browser.sessionValue).toBe(undefined)
    for (const copy of [first, second]) {
      expect(await status(app, copy)).toEqual({ status: "signed_out", reason: "signed_out" })
      expect(await copy.session()).toBe(null)
    }
  })

  it("is replaced by a sign-in, in every copy", async () => {
    const app = createApplication(provider, { evergrant: { store: makeStore() } })
    const browser = await stockBrowser(app, sam)
    const copy = browser.copy()
    await browser.signIn(provider)
    expect(await browser.session()).toMatchObject({ user: { name: "Alice Liddell" } })
    expect(await copy.session()).toBe(null)
  })
})

describe.each(stores)("adopting the tokens of an old session (%s)", (_, makeStore) => {
  const adopt: NonNullable<EvergrantAuthOptions["adopt"]> = (token) =>
    typeof token.refreshToken === "string"
      ? {
          provider: "oidc",
          providerAccountId: String(token.sub),
          access_token: String(token.accessToken),
          refresh_token: token.refreshToken,
          id_token: String(token.idToken),
          expires_at: Number(token.expiresAt),
        }
      : undefined

  async function oldSession(app: Application, filler = ""): Promise<Browser> {
    const client = await connectBareClient(provider, `${appUrl}/callback`)
    const code = (await client.authorize("alice", new CookieJar())).get("code") ?? ""
    const { body } = await client.exchange(code)
    const { sub } = decodeJwt(String(body.id_token))
    return stockBrowser(app, {
      sub,
      name: "Alice",
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      idToken: body.id_token,
      expiresAt: Math.floor(Date.now() / 1000) + 300,
      filler,
    })
  }

  it.each([
    ["small", ""],
    ["in chunks", "x".repeat(9000)],
  ])("makes one login of it, also for 20 requests at once (%s)", async (_size, filler) => {
    const app = createApplication(provider, { evergrant: { store: makeStore(), adopt } })
    const browser = await oldSession(app, filler)
    const old = browser.copy()
    provider.provider.counters.reset()

    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.session()))

    for (const answer of answers) {
      expect(answer).toMatchObject({
        claims: { plan: "free" },
        grants: [{ provider: "oidc", generation: 1 }],
      })
    }
    expect(app.events.filter(({ type }) => type === "session.started")).toHaveLength(1)
    expect(app.events.filter(({ type }) => type === "session.ended")).toEqual([])

    // The tokens have left the cookie, and work.
    const content = await decode({ token: browser.sessionValue ?? "", secret, salt: sessionCookie })
    expect(Object.keys(content ?? {}).sort()).toEqual(["evergrant", "exp", "iat", "jti", "sub"])
    expect(browser.cookieHeader).not.toContain(`${sessionCookie}.`)
    expect((await browser.postOwn("refresh", {})).status).toBe(200)
    expect(await old.session()).toMatchObject({ grants: [{ generation: 2 }] })
    expect(provider.provider.counters.get()).toMatchObject({ refreshSucceeded: 1, refreshRefused: 0 })

    await old.signOut()
    expect(await status(app, browser)).toEqual({ status: "signed_out", reason: "signed_out" })
    expect(await old.session()).toBe(null)
    expect(await old.copy().session()).toBe(null)
  })

  it("leaves a session alone that has nothing to adopt", async () => {
    const app = createApplication(provider, { evergrant: { store: makeStore(), adopt } })
    const browser = await stockBrowser(app, sam)
    expect(await browser.session()).toMatchObject({ user: { id: "user-7" }, grants: [] })
    expect(app.events).toEqual([])
  })
})
