/**
 * Auth.js decodes the session cookie at sign-in without asking any callback. Whoever kept a copy of a cookie could
 * link an account of their own to the user it was made for, long after that user has signed out.
 */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { decode, encode } from "@auth/core/jwt"
import NextAuth from "next-auth"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqliteStore } from "../../../src/stores/sqlite.ts"
import { temporaryFolder } from "../../contract/temporary-folder.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Application, appUrl, createApplication, oidcProvider, secret } from "./application.ts"
import { Browser, sessionCookie } from "./browser.ts"
import { type SqliteAdapter, sqliteAdapter } from "./sqlite-adapter.ts"

const secureUrl = appUrl.replace("http:", "https:")
let first: EmbeddedTestProvider
let second: EmbeddedTestProvider
const folder = temporaryFolder()
beforeAll(async () => {
  first = await createEmbeddedRealm({ appUrl })
  second = await createEmbeddedRealm({ appUrl })
  second.provider.clients.update(second.clientId, { redirectUris: [`${appUrl}/*`, `${secureUrl}/*`] })
})
afterAll(async () => {
  await first.close()
  await second.close()
  folder.remove()
})

const providers = () => [oidcProvider(first), oidcProvider(second, [], "oidc2")]

interface Scene {
  app: Application
  browser: Browser
  database: SqliteAdapter
  aliceId: string
}

/** Alice is signed in. */
async function signedIn(options: Parameters<typeof createApplication>[1] = {}): Promise<Scene> {
  const database = sqliteAdapter()
  const app = createApplication(first, { providers: providers(), adapter: database.adapter, ...options })
  const browser = app.browser()
  await browser.signIn(first)
  return { app, browser, database, aliceId: (await browser.session())?.user.id ?? "" }
}

function ownerOf(database: SqliteAdapter, provider: string): string | undefined {
  return database.accounts().find((account) => account.provider === provider)?.userId
}

/** A browser with this session cookie and nothing else. */
function holder(app: Application, value: string, name: string = sessionCookie): Browser {
  const browser = app.browser()
  browser.jar.store(appUrl, [`${name}=${value}; Path=/`])
  return browser
}

/** Whoever holds the browser signs in as bob at the second provider; nothing of alice may come of it. */
async function expectNoWayIn({ app, database, aliceId }: Scene, browser: Browser): Promise<void> {
  expect(await browser.session()).toBe(null)
  const answer = await browser.signIn(second, "bob", "oidc2")
  expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })

  const session = await browser.session()
  expect(session?.user.email).toBe("bob@example.test")
  expect(session?.user.id).not.toBe(aliceId)
  expect(ownerOf(database, "oidc")).toBe(aliceId)
  expect(ownerOf(database, "oidc2")).toBe(session?.user.id)
  expect(await app.result.getAccessToken({ request: browser.request("/") })).toMatchObject({
    provider: "oidc2",
  })
}

it("stock next-auth links an account to the user of a cookie that was signed out", async () => {
  const database = sqliteAdapter()
  const { handlers } = NextAuth({
    providers: providers(),
    adapter: database.adapter,
    session: { strategy: "jwt" },
    secret,
    trustHost: true,
  })
  const browser = new Browser(handlers, appUrl)
  await browser.signIn(first)
  const copy = browser.copy()
  await browser.signOut()
  expect(browser.sessionValue).toBe(undefined)

  await copy.signIn(second, "bob", "oidc2")

  expect(ownerOf(database, "oidc2")).toBe(ownerOf(database, "oidc"))
})

describe("with Evergrant", () => {
  it("still links an account to a user who is signed in", async () => {
    const scene = await signedIn()
    await scene.browser.signIn(second, "bob", "oidc2")
    expect(ownerOf(scene.database, "oidc2")).toBe(scene.aliceId)
    expect((await scene.browser.session())?.user.id).toBe(scene.aliceId)
  })

  it("does not link to the user of a cookie that was signed out", async () => {
    const scene = await signedIn()
    const copy = scene.browser.copy()
    await scene.browser.signOut()
    await expectNoWayIn(scene, copy)
  })

  it("does not link where the login ends between sign-in and callback", async () => {
    const scene = await signedIn()
    const copy = scene.browser.copy()
    const { location } = await copy.startSignIn("oidc2")
    const callback = await second.signIn(location, "bob", copy.jar, `${appUrl}/api/auth/callback/`)
    await scene.browser.signOut()

    await copy.get(callback)

    expect(ownerOf(scene.database, "oidc2")).not.toBe(scene.aliceId)
    expect((await copy.session())?.user.id).not.toBe(scene.aliceId)
  })

  it.each(["https:", "xhttps"])("does not link where the sender chooses the protocol (%s)", async (proto) => {
    const scene = await signedIn()
    // Core takes the name of the cookie from the address, which Next makes from the header in its own way.
    const name = `__Secure-${sessionCookie}`
    const token = { sub: scene.aliceId, evergrant: "A".repeat(43) }
    const browser = new Browser(scene.app.result.handlers, secureUrl)
    const value = await encode({ token, secret, salt: name })
    browser.jar.store(secureUrl, [`${name}=${value}; Path=/; Secure`])
    const { location } = await browser.startSignIn("oidc2")
    const callback = await second.signIn(location, "bob", browser.jar, `${secureUrl}/api/auth/callback/`)

    const answer = await browser.get(callback, { "x-forwarded-proto": proto })

    expect(answer).toMatchObject({ status: 302, location: `${secureUrl}/` })
    expect(ownerOf(scene.database, "oidc2")).not.toBe(scene.aliceId)
  })

  it("takes an unknown handle for signed out", async () => {
    const scene = await signedIn()
    const token = { sub: scene.aliceId, evergrant: "A".repeat(43) }
    const forged = holder(scene.app, await encode({ token, secret, salt: sessionCookie }))
    expect(JSON.parse((await forged.get("/api/auth/evergrant/session")).text)).toEqual({
      status: "signed_out",
      reason: "unknown_session",
    })
    await expectNoWayIn(scene, forged)
  })

  it("takes a cookie without a handle or an identity for signed out", async () => {
    const scene = await signedIn()
    const value = await encode({ token: { sub: scene.aliceId, evergrant: "" }, secret, salt: sessionCookie })
    const content = await decode({ token: value, secret, salt: sessionCookie })
    const foreign = await encode({ token: { ...content }, secret: `${secret}0`, salt: sessionCookie })
    await expectNoWayIn(scene, holder(scene.app, foreign))
  })

  it("takes an altered cookie for signed out", async () => {
    const scene = await signedIn()
    const value = scene.browser.sessionValue ?? ""
    const at = value.length - 30
    const altered = value.slice(0, at) + (value[at] === "A" ? "B" : "A") + value.slice(at + 1)
    const browser = holder(scene.app, altered)
    expect(JSON.parse((await browser.get("/api/auth/evergrant/session")).text)).toEqual({
      status: "signed_out",
      reason: "unreadable_session",
    })
    await expectNoWayIn(scene, browser)
  })

  it("signs in over the chunks of a cookie that nobody can read any more", async () => {
    const scene = await signedIn()
    const large = await encode({
      token: { sub: scene.aliceId, filler: "x".repeat(6000) },
      secret: "the-secret-before-this-one-000000",
      salt: sessionCookie,
    })
    const browser = scene.app.browser()
    const chunks = [large.slice(0, 3800), large.slice(3800, 7600), large.slice(7600)]
    browser.jar.store(
      appUrl,
      chunks.map((chunk, index) => `${sessionCookie}.${index}=${chunk}; Path=/`),
    )
    await expectNoWayIn(scene, browser)
    expect(browser.cookieHeader).not.toContain(`${sessionCookie}.`)
  })

  it("clears the cookie of an ended login at sign-out, and tells the application of no sign-out", async () => {
    const told: unknown[] = []
    const scene = await signedIn({
      events: {
        signOut: (message) => {
          told.push(message)
        },
      },
    })
    const copy = scene.browser.copy()
    await scene.browser.signOut()
    expect(told).toHaveLength(1)

    await copy.signOut()

    expect(copy.sessionValue).toBe(undefined)
    expect(told).toHaveLength(1)
  })

  it("leaves a record that cannot be opened as it is, and is back when it can", async () => {
    const file = join(folder.path, `${randomUUID()}.db`)
    const scene = await signedIn({ evergrant: { store: sqliteStore(file) } })
    const { app, browser } = scene
    const before = await browser.session()
    const database = new DatabaseSync(file)
    const sealed = database.prepare("SELECT sealed_login FROM logins").get()?.sealed_login
    const broken = `${String(sealed).slice(0, -8)}AAAAAAAA`
    database.prepare("UPDATE logins SET sealed_login = ?").run(broken)
    const copy = browser.copy()

    expect(await app.result.sessionStatus({ request: copy.request("/") })).toEqual({
      status: "signed_out",
      reason: "unreadable_session",
    })
    await expect(app.result.getAccessToken({ request: copy.request("/") })).rejects.toMatchObject({
      code: "signed_out",
    })
    await expectNoWayIn(scene, copy)
    const rows = database.prepare("SELECT sealed_login FROM logins ORDER BY created_at").all()
    expect(rows).toHaveLength(2)
    expect(rows[0]?.sealed_login).toBe(broken)
    expect(app.events.filter(({ type }) => type === "record.unreadable")[0]).toMatchObject({
      record: "login",
    })

    database.prepare("UPDATE logins SET sealed_login = ? WHERE sealed_login = ?").run(String(sealed), broken)
    database.close()
    expect(await browser.session()).toEqual(before)
  })
})
