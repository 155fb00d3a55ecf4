/** The database strategy: the row is the session, its token the handle, and login and row end together. */
import { inspect } from "node:util"
import type { Adapter } from "next-auth/adapters"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import { describeEachDatabase } from "../../databases/each-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { type Browser, sessionCookie } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  type LinkedApplication,
  type LinkedOptions,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())

const thirtyDays = 30 * 24 * 3600

describeEachDatabase("a session row", (database) => {
  let app: LinkedApplication
  afterEach(() => app.result.close())
  function open(options: LinkedOptions = {}): Browser {
    app = createLinkedApplication(provider, database(), "database", options)
    return app.browser()
  }

  it("is bound at sign-in: one row, a token of 256 bits as the cookie, and a session of the stock shape", async () => {
    const browser = open()
    const answer = await browser.signIn(provider)
    expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
    const rows = await database().sessions()
    expect(rows.map((row) => row.sessionToken)).toEqual([browser.sessionValue])
    expect(browser.sessionValue).toMatch(/^eg_[\w-]{43}$/)
    expect(rows[0]?.expires.getTime()).toBeGreaterThan(Date.now() + (thirtyDays - 60) * 1000)
    const session = await browser.session()
    expect(session).toMatchObject({
      user: { id: rows[0]?.userId, name: expect.any(String), email: "alice@example.test", image: null },
      data: { step: "START", theme: "light" },
      grants: [{ provider: "oidc", generation: 1 }],
      version: expect.any(Number),
    })
    expect(JSON.stringify(session)).not.toContain(browser.sessionValue)
    await browser.signOut()
    expect(await database().sessions()).toEqual([])
  })

  it("a second sign-in gets a fresh row, and the old one is gone", async () => {
    const browser = open()
    await browser.signIn(provider)
    const old = browser.copy()
    await browser.signIn(provider)
    expect(browser.sessionValue).not.toBe(old.sessionValue)
    expect((await database().sessions()).map((row) => row.sessionToken)).toEqual([browser.sessionValue])
    expect(await old.session()).toBeNull()
    await browser.signOut()
  })

  it("is removed when the provider ends its session", async () => {
    const browser = open()
    await browser.signIn(provider)
    await provider.endSessions("alice")
    await expect(app.result.refreshSession({ request: browser.request("/") })).rejects.toMatchObject({
      code: "signed_out",
      reason: "provider_session_ended",
    })
    expect(await database().sessions()).toEqual([])
    expect(await browser.session()).toBeNull()
  })

  it("update() shows what changed at the provider, patchSession what changed here", async () => {
    const browser = open()
    await browser.signIn(provider)
    await provider.setProfile("alice", { givenName: "Alicia" })
    await provider.setAttributes("alice", { plan: "gold" })
    const updated = JSON.parse((await browser.update({})).text)
    expect(updated.user.name).toContain("Alicia")
    expect(updated.claims.plan).toBe("gold")
    const patched = await app.result.patchSession({ step: "PROFILE" }, { request: browser.request("/") })
    expect(patched.data.step).toBe("PROFILE")
    expect((await browser.session())?.data.step).toBe("PROFILE")
    expect((await browser.session())?.user.name).toContain("Alicia")
    await provider.setProfile("alice", { givenName: "Alice" })
    await browser.signOut()
  })

  it("a database that is down is unknown: 503, no cookie, and afterwards signed in as before", async () => {
    const browser = open()
    await browser.signIn(provider)
    await database().setDown(true)
    for (const path of ["/api/auth/session", "/api/auth/evergrant/session"]) {
      const answer = await browser.get(path)
      expect(answer.status).toBe(503)
      expect(answer.setCookies).toEqual([])
      expect(answer.headers.get("retry-after")).toMatch(/\d/)
    }
    await expect(app.result.getAccessToken({ request: browser.request("/") })).rejects.toMatchObject({
      code: "store_unavailable",
    })
    expect((await browser.post("/api/auth/signout", { csrfToken: await browser.csrfToken() })).status).toBe(
      503,
    )
    await database().setDown(false)
    expect(await browser.session()).not.toBeNull()
    await browser.signOut()
    expect(await database().sessions()).toEqual([])
  })
})

describe("session rows of the embedded database", () => {
  let database: TestDatabase
  let app: LinkedApplication
  async function open(options: LinkedOptions = {}): Promise<Browser> {
    database = await createDatabase("sqlite", "")
    app = createLinkedApplication(provider, database, "database", options)
    return app.browser()
  }
  afterEach(async () => {
    await app.result.close()
    await database.close()
  })

  it("a row that somebody deleted is out, and its login with it", async () => {
    const browser = await open()
    await browser.signIn(provider)
    const user = (await browser.session())?.user.id ?? ""
    await database.query("DELETE FROM session")
    expect(await browser.session()).toBeNull()
    expect(app.events).toContainEqual(
      expect.objectContaining({ type: "session.ended", reason: "session_deleted" }),
    )
    await expect(app.result.getAccessToken({ userId: user, provider: "oidc" })).rejects.toMatchObject({
      code: "signed_out",
    })
  })

  it("a row that was given to another user is out, and so is its login", async () => {
    const seen: unknown[] = []
    const callbacks: LinkedOptions["callbacks"] = {
      session({ session, user }) {
        seen.push(user.id)
        return session
      },
    }
    const browser = await open({ callbacks })
    const other = app.browser()
    await other.signIn(provider, "bob")
    const bob = (await other.session())?.user.id
    await browser.signIn(provider)
    seen.length = 0
    await database.query(
      `UPDATE session SET "userId" = '${bob}' WHERE "sessionToken" = '${browser.sessionValue}'`,
    )
    expect(await browser.session()).toBeNull()
    expect(seen).toEqual([])
    await expect(app.result.getAccessToken({ request: browser.request("/") })).rejects.toMatchObject({
      code: "signed_out",
    })
    expect((await other.session())?.user.id).toBe(bob)
  })

  it("an expired row is out, removed, and its login with it", async () => {
    const browser = await open()
    await browser.signIn(provider)
    await database.query("UPDATE session SET expires = 1000")
    expect(await browser.session()).toBeNull()
    expect(await database.sessions()).toEqual([])
    expect(app.events).toContainEqual(
      expect.objectContaining({ type: "session.ended", reason: "session_expired" }),
    )
  })

  it("rolls once per updateAge: row, login and cookie together", async () => {
    const browser = await open({ session: { strategy: "database", maxAge: 1000, updateAge: 100 } })
    await browser.signIn(provider)
    expect((await browser.get("/api/auth/session")).setCookies).toEqual([])
    const soon = Date.now() + 850_000
    await database.query(`UPDATE session SET expires = ${soon}`)
    const answer = await browser.get("/api/auth/session")
    expect(answer.setCookies).toEqual([expect.stringContaining(`${sessionCookie}=${browser.sessionValue};`)])
    expect((await database.sessions())[0]?.expires.getTime()).toBeGreaterThan(soon + 100_000)
  })

  it("a row from before the installation stays signed in without a grant, and signs out for good", async () => {
    const browser = await open()
    await browser.signIn(provider)
    const { userId } = (await database.sessions())[0] ?? { userId: "" }
    const stock = app.browser()
    const row = { sessionToken: crypto.randomUUID(), userId, expires: new Date(Date.now() + 3_600_000) }
    await database.adapter.createSession?.(row)
    stock.jar.store(appUrl, [`${sessionCookie}=${row.sessionToken}; Path=/`])
    const copy = stock.copy()

    expect(await stock.session()).toMatchObject({ user: { id: userId }, grants: [], claims: {} })
    await expect(app.result.getAccessToken({ request: stock.request("/") })).rejects.toMatchObject({
      code: "no_grant",
    })
    await stock.signOut()
    expect((await database.sessions()).map((one) => one.sessionToken)).toEqual([browser.sessionValue])
    // Should the row come back, from a backup or a replica, its session is over all the same.
    await database.adapter.createSession?.(row)
    expect(await copy.session()).toBeNull()
  })

  it("one of our own tokens without a login is no session, whatever the table says", async () => {
    const browser = await open()
    await browser.signIn(provider)
    const { userId } = (await database.sessions())[0] ?? { userId: "" }
    const forged = { sessionToken: `eg_${"A".repeat(43)}`, userId, expires: new Date(Date.now() + 3_600_000) }
    await database.adapter.createSession?.(forged)
    const thief = app.browser()
    thief.jar.store(appUrl, [`${sessionCookie}=${forged.sessionToken}; Path=/`])
    expect(await thief.session()).toBeNull()
    const answer = await thief.signIn(provider, "bob")
    expect(answer.status).toBe(302)
    expect((await thief.session())?.user.id).not.toBe(userId)
  })

  for (const [name, missing] of [
    ["throws for a row that is gone", new Error("Record to update not found.")],
    ["says nothing of a row that is gone", null],
  ] as const) {
    it(`a wrapped route that signs out when the row is due answers, and sets no cookie (an adapter that ${name})`, async () => {
      database = await createDatabase("sqlite", "")
      const { getSessionAndUser, updateSession } = database.adapter
      const adapter: Adapter = {
        ...database.adapter,
        async updateSession(session) {
          if (await getSessionAndUser?.(session.sessionToken)) return updateSession?.(session)
          if (missing) throw missing
          return null
        },
      }
      const session = { strategy: "database" as const, maxAge: 1000, updateAge: 100 }
      app = createLinkedApplication(provider, database, "database", { adapter, session })
      const browser = app.browser()
      await browser.signIn(provider)
      await database.query(`UPDATE session SET expires = ${Date.now() + 850_000}`)
      const request = browser.request("/api/leave")
      const leave = app.result.auth<object>(async () => {
        await browser.signOut()
        return Response.json({ left: true })
      })
      const answer = await leave(request, {})
      expect(await answer.json()).toEqual({ left: true })
      expect(answer.headers.getSetCookie()).toEqual([])
    })
  }

  it("callbacks and events get what stock Auth.js gives them", async () => {
    const told: Record<string, unknown>[] = []
    const browser = await open({
      callbacks: {
        session({ session, user, newSession, trigger }) {
          told.push({ callback: "session", session, user, newSession, trigger })
          return Object.assign(session, { role: "editor" })
        },
      },
      events: {
        signIn: (message) => void told.push({ event: "signIn", ...message }),
        signOut: (message) => void told.push({ event: "signOut", ...message }),
        session: (message) => void told.push({ event: "session", ...message }),
      },
    })
    await browser.signIn(provider)
    const session = await browser.session()
    expect(session).toMatchObject({ role: "editor", userId: session?.user.id })
    expect(session).not.toHaveProperty("sessionToken")
    expect(told[0]).toMatchObject({
      event: "signIn",
      account: { provider: "oidc" },
      user: { id: session?.user.id },
    })
    expect(told.find((one) => one.callback)).toMatchObject({
      session: { sessionToken: browser.sessionValue, user: { email: "alice@example.test" } },
      user: { id: session?.user.id },
    })
    await browser.update({ theme: "dark" })
    expect(told.findLast((one) => one.callback)).toMatchObject({
      trigger: "update",
      newSession: { theme: "dark" },
    })
    expect((await browser.session())?.data.theme).toBe("dark")
    const token = browser.sessionValue
    await browser.signOut()
    expect(told.findLast((one) => one.event === "signOut")).toMatchObject({
      session: { sessionToken: token },
    })
  })

  it("a sign-in that cannot be bound leaves no row and no cookie", async () => {
    const browser = await open()
    const started = await browser.startSignIn()
    const back = await provider.signIn(started.location, "alice", browser.jar, `${appUrl}/api/auth/callback/`)
    await database.setDown(true)
    const answer = await browser.get(back)
    expect(answer.status).toBeGreaterThanOrEqual(300)
    await database.setDown(false)
    expect(answer.setCookies.filter((line) => line.startsWith(`${sessionCookie}=eg_`))).toEqual([])
    expect(await database.sessions()).toEqual([])
    expect(await browser.session()).toBeNull()
  })

  it("no session token is in Auth.js's log, the debug log of the adapter's calls included", async () => {
    const browser = await open()
    await browser.signIn(provider)
    const tokens = [browser.sessionValue]
    await browser.update({})
    await browser.signIn(provider)
    tokens.push(browser.sessionValue)
    await browser.signOut()
    const said = inspect(app.log, { depth: 12 })
    expect(said).toContain("adapter_getSessionAndUser")
    for (const token of tokens) {
      expect(token).toMatch(/^eg_/)
      expect(said.includes(String(token))).toBe(false)
    }
  })

  it("what the database says of a failed link is in no log: it would quote the tokens", async () => {
    const browser = await open()
    await database.query(
      "CREATE TRIGGER refuse BEFORE INSERT ON account BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )
    const answer = await browser.signIn(provider)
    expect(answer.location).toContain("error=")
    const said = inspect(app.log, { depth: 12 })
    expect(said).toContain("linkAccount failed")
    const [tokens] = app.tokens
    for (const token of [tokens?.access_token, tokens?.refresh_token, tokens?.id_token]) {
      expect(token).toMatch(/.{24}/)
      expect(said.includes(String(token).slice(-24))).toBe(false)
    }
  })

  it("deleteSession of the wrapped adapter is a sign-out, though the adapter hands back nothing", async () => {
    const told: unknown[] = []
    database = await createDatabase("sqlite", "")
    const { deleteSession } = database.adapter
    const adapter = {
      ...database.adapter,
      async deleteSession(token: string) {
        await deleteSession?.(token)
      },
    }
    app = createLinkedApplication(provider, database, "database", {
      adapter,
      events: { signOut: (message) => void told.push(message) },
    })
    const browser = app.browser()
    await browser.signIn(provider)
    const { userId } = (await database.sessions())[0] ?? { userId: "" }
    await browser.signOut()
    expect(told).toEqual([{ session: expect.objectContaining({ userId }) }])
    expect(app.events).toContainEqual(
      expect.objectContaining({
        type: "signout.finished",
        providers: [{ provider: "oidc", status: "ended" }],
      }),
    )
  })
})
