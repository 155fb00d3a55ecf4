/** After an account was linked the old handle serves what was on its way, and never gets into a browser again. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { cookieStore } from "../../../src/stores/cookie.ts"
import { createDatabase } from "../../databases/create-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { createApplication, oidcProvider } from "../binding/application.ts"
import { type Answer, type Browser, sessionCookie } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  type LinkedApplication,
  type LinkedOptions,
} from "./linked-application.ts"

let first: EmbeddedTestProvider
let second: EmbeddedTestProvider
beforeAll(async () => {
  first = await createEmbeddedRealm({ appUrl })
  second = await createEmbeddedRealm({ appUrl })
  await first.setLifetimes({ accessToken: 300 })
  await second.setLifetimes({ accessToken: 300 })
})
afterAll(() => Promise.all([first.close(), second.close()]))
afterEach(() => {
  vi.useRealTimers()
})

const sessionCookies = (answers: readonly Answer[]) =>
  answers.flatMap(({ setCookies }) => setCookies.filter((line) => line.startsWith(sessionCookie)))

/** Everything that a page of the old cookie may ask while the sign-in that links is answered. */
async function askAll(old: Browser, app: Pick<LinkedApplication, "result">): Promise<Answer[]> {
  const answers = [await old.get("/api/auth/session")]
  answers.push(await old.keep(appUrl, await app.result.auth(old.request("/page"))))
  answers.push(await old.update({ theme: "dark" }))
  return answers
}

describe("in the database strategy", () => {
  let database: TestDatabase
  let app: LinkedApplication
  async function link(options: LinkedOptions = {}): Promise<{ browser: Browser; old: Browser }> {
    database = await createDatabase("sqlite", "")
    app = createLinkedApplication(first, database, "database", options, second)
    const browser = app.browser()
    await browser.signIn(first)
    const old = browser.copy()
    await browser.signIn(second, "bob", "oidc2")
    return { browser, old }
  }
  afterEach(async () => {
    await app.result.close()
    await database.close()
  })

  it("an old cookie is served and not set again", async () => {
    const { browser, old } = await link()
    const answers = await askAll(old, app)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(sessionCookies(answers)).toEqual([])
    expect((await browser.session())?.grants).toHaveLength(2)
  })

  for (const [name, options] of [
    ["a token of our own", {}],
    [
      "a generateSessionToken of the application",
      { session: { strategy: "database" as const, generateSessionToken: () => randomUUID() } },
    ],
  ] as const) {
    it(`leads nowhere after its minute, with ${name}, and the login lives on`, async () => {
      const { browser, old } = await link(options)
      await old.session()
      for (const seconds of [61, 119, 200]) {
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 })
        expect(await old.copy().session()).toBeNull()
        expect((await browser.session())?.grants).toHaveLength(2)
        vi.useRealTimers()
      }
      const inAMinute = Date.now() + 61_000
      const rows = (await database.sessions()).filter(({ expires }) => expires.getTime() > inAMinute)
      expect(rows.map(({ sessionToken }) => sessionToken)).toEqual([browser.sessionValue])
    })
  }
})

describe("in the JWT strategy", () => {
  const updateAge = 60
  for (const [name, evergrant] of [
    ["a store", {}],
    ["the cookie placement", { store: cookieStore({ name: "old handle" }) }],
  ] as const) {
    it(`an old cookie is served and not set again, with ${name}`, async () => {
      const app = createApplication(first, {
        providers: [oidcProvider(first), oidcProvider(second, [], "oidc2")],
        session: { strategy: "jwt", updateAge },
        evergrant,
      })
      const browser = app.browser()
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - (updateAge + 60) * 1000 })
      await browser.signIn(first)
      vi.useRealTimers()
      const old = browser.copy()
      await browser.signIn(second, "bob", "oidc2")
      const answers = await askAll(old, app)
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      expect(sessionCookies(answers)).toEqual([])
      expect((await browser.session())?.grants).toHaveLength(2)
    })
  }
})
