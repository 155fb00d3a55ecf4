/** Signing in at a second provider while signed in: the account is linked and its grant joins the login. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { CookieJar } from "../../providers/cookie-jar.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { createApplication, oidcProvider } from "../binding/application.ts"
import type { Browser } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  fingerprint,
  type LinkedApplication,
  type LinkedOptions,
  strategies,
} from "./linked-application.ts"

let second: EmbeddedTestProvider
beforeAll(async () => {
  second = await createEmbeddedRealm({ appUrl })
})
afterAll(() => second.close())

const loginIds = (app: LinkedApplication) => [
  ...new Set(app.events.flatMap((event) => ("loginId" in event && event.loginId ? [event.loginId] : []))),
]

describeEachProvider("linking", appUrl, (provider) => {
  for (const strategy of strategies) {
    describe(`${strategy} strategy`, () => {
      let database: TestDatabase
      let app: LinkedApplication
      async function open(options: LinkedOptions = {}): Promise<Browser> {
        database = await createDatabase("sqlite", "")
        app = createLinkedApplication(provider(), database, strategy, options, second)
        await provider().setLifetimes({ accessToken: 300 })
        return app.browser()
      }
      afterEach(async () => {
        await app.result.close()
        await database.close()
      })
      const tokenOf = (browser: Browser, name?: string) =>
        app.result.getAccessToken({
          request: browser.request("/"),
          ...(name === undefined ? {} : { provider: name }),
        })

      it("keeps user and login, adds the grant, and moves the login to a fresh handle", async () => {
        const browser = await open()
        await browser.signIn(provider())
        const before = await browser.session()
        const old = browser.copy()

        await browser.signIn(second, "bob", "oidc2")

        const after = await browser.session()
        expect(after?.user).toEqual(before?.user)
        expect(after?.grants.map((grant) => grant.provider)).toEqual(["oidc", "oidc2"])
        expect(loginIds(app)).toHaveLength(1)
        expect(browser.sessionValue).not.toBe(old.sessionValue)
        expect((await tokenOf(browser)).provider).toBe("oidc")
        expect(fingerprint((await tokenOf(browser, "oidc2")).accessToken)).toBe(
          fingerprint(app.secondTokens[0]?.access_token),
        )
        await expectRow(database, app.tokens[0], "oidc")
        await expectRow(database, app.secondTokens[0], "oidc2")
        const owners = (await database.accounts()).map((row) => row.userId)
        expect(owners).toEqual([after?.user.id, after?.user.id])
        // A request that was on its way with the old cookie is still served.
        expect((await old.session())?.user).toEqual(before?.user)
      })

      it("declared claims are the sign-in provider's alone: a linked one cannot make anybody an admin", async () => {
        await provider().setAttributes("alice", { plan: null })
        await second.setAttributes("bob", { plan: "admin" })
        await second.setRoles("bob", ["admin"])
        const browser = await open()
        await browser.signIn(provider())
        const before = await browser.session()
        await browser.signIn(second, "bob", "oidc2")
        const linked = await browser.session()
        expect(linked?.grants).toHaveLength(2)
        expect(linked?.claims).toEqual(before?.claims)
        expect(linked?.claims).not.toHaveProperty("plan")
        await provider().endSessions("alice")
        await expect(tokenOf(browser)).resolves.toBeDefined()
        await app.result
          .getAccessToken({ request: browser.request("/"), force: true })
          .catch((error: unknown) => error)
        const left = await browser.session()
        expect(left?.grants.map((grant) => grant.provider)).toEqual(["oidc2"])
        expect(left?.claims).toEqual({})
      })

      it("a second sign-in with a linked account is a new login of the same user", async () => {
        const browser = await open()
        await browser.signIn(provider())
        const user = (await browser.session())?.user.id
        await browser.signIn(second, "bob", "oidc2")
        const old = browser.copy()

        await browser.signIn(second, "bob", "oidc2")

        const session = await browser.session()
        expect(session?.user.id).toBe(user)
        expect(session?.grants.map((grant) => grant.provider)).toEqual(["oidc2"])
        expect(loginIds(app)).toHaveLength(2)
        expect(await old.session()).toBeNull()
        await expectRow(database, app.secondTokens[1], "oidc2")
      })

      it("an account that belongs to another user gives Auth.js's error and changes nothing", async () => {
        const other = await open()
        await other.signIn(second, "bob", "oidc2")
        const bob = await other.session()
        const browser = app.browser()
        await browser.signIn(provider())
        const before = await browser.session()
        const rows = await database.accounts()

        const answer = await browser.signIn(second, "bob", "oidc2")

        expect(answer.location).toContain("error=OAuthAccountNotLinked")
        expect(await browser.session()).toEqual({ ...before, expires: expect.any(String) })
        expect((await other.session())?.user).toEqual(bob?.user)
        expect(await database.accounts()).toEqual(rows)
      })

      it("two accounts of one provider are two grants", async () => {
        const browser = await open()
        await browser.signIn(second, "alice", "oidc2")
        const alice = (await browser.session())?.user.id
        // The same browser, signed out at the provider alone.
        const clean = app.browser()
        clean.jar.store(appUrl, [`authjs.session-token=${browser.sessionValue}; Path=/`])
        await clean.signIn(second, "bob", "oidc2")
        const session = await clean.session()
        expect(session?.user.id).toBe(alice)
        expect(session?.grants.map((grant) => grant.provider)).toEqual(["oidc2", "oidc2"])
        const rows = await database.accounts()
        expect(rows).toHaveLength(2)
        const [one, two] = rows
        expect(one?.access_token).not.toBe(two?.access_token)
        const tokens = await Promise.all(
          rows.map((row) =>
            app.result.getAccessToken({
              request: clean.request("/"),
              provider: "oidc2",
              providerAccountId: String(row.providerAccountId),
            }),
          ),
        )
        expect(tokens.map(({ accessToken }) => fingerprint(accessToken))).toEqual(
          rows.map((row) => fingerprint(row.access_token)),
        )
      })

      it("one provider's end leaves the other alone, and sign-out ends what is left", async () => {
        const browser = await open()
        await browser.signIn(provider())
        await browser.signIn(second, "bob", "oidc2")
        await second.endSessions("bob")

        const request = { request: browser.request("/") }
        await expect(
          app.result.getAccessToken({ ...request, provider: "oidc2", force: true }),
        ).rejects.toMatchObject({ code: "no_grant" })
        expect((await browser.session())?.grants.map((grant) => grant.provider)).toEqual(["oidc"])
        await expectRow(database, {}, "oidc2")
        await expectRow(database, app.tokens[0], "oidc")
        expect((await app.result.getAccessToken({ ...request, force: true })).provider).toBe("oidc")

        await browser.signOut()
        const [signedOut] = app.events.filter((event) => event.type === "signout.finished")
        expect(signedOut).toMatchObject({ providers: [{ provider: "oidc", status: "ended" }] })
      })

      it("the end of the sign-in's own provider does not hand its callers another one's token", async () => {
        const browser = await open()
        await browser.signIn(provider())
        await browser.signIn(second, "bob", "oidc2")
        await provider().endSessions("alice")
        const request = { request: browser.request("/") }
        await expect(app.result.getAccessToken({ ...request, force: true })).rejects.toMatchObject({
          code: "no_grant",
        })
        await expect(app.result.getAccessToken(request)).rejects.toMatchObject({ code: "no_grant" })
        expect((await tokenOf(browser, "oidc2")).provider).toBe("oidc2")
      })

      it("sign-out leaves no session row, that of the handle before the link included", async () => {
        const browser = await open()
        await browser.signIn(provider())
        await browser.signIn(second, "bob", "oidc2")
        await browser.signOut()
        expect(await database.sessions()).toEqual([])
      })

      it("two links at once leave the login with all grants, and sign-out leaves no session row", async () => {
        const browser = await open()
        await browser.signIn(provider())
        const tabs = [browser.copy(), browser.copy()]
        const callbacks = await Promise.all(
          tabs.map(async (tab, index) => {
            const { location } = await tab.startSignIn("oidc2")
            const user = index === 0 ? "alice" : "bob"
            const clean = new CookieJar()
            return second.signIn(location, user, clean, `${appUrl}/api/auth/callback/`)
          }),
        )
        await Promise.all(tabs.map((tab, index) => tab.get(callbacks[index] ?? "")))
        const [one, two] = await Promise.all(tabs.map((tab) => tab.session()))
        expect(one?.grants).toHaveLength(3)
        expect(two?.grants).toHaveLength(3)
        await tabs[0]?.signOut()
        expect(await database.sessions()).toEqual([])
      })

      it("sign-out ends both and reports each", async () => {
        const browser = await open()
        await browser.signIn(provider())
        await browser.signIn(second, "bob", "oidc2")
        const copy = browser.copy()
        await browser.signOut()
        expect(app.events.find((event) => event.type === "signout.finished")).toMatchObject({
          providers: [
            { provider: "oidc", status: "ended" },
            { provider: "oidc2", status: "ended" },
          ],
        })
        expect(await copy.session()).toBeNull()
        await expectRow(database, {}, "oidc")
        await expectRow(database, {}, "oidc2")
      })

      describe("only on request", () => {
        const accounts = { linking: "on_request" as const }

        it("a sign-in at the second provider is one of its own", async () => {
          const browser = await open({ accounts })
          await browser.signIn(provider())
          const alice = (await browser.session())?.user.id
          const old = browser.copy()
          await browser.signIn(second, "bob", "oidc2")
          const session = await browser.session()
          expect(session?.user.id).not.toBe(alice)
          expect(session?.user.email).toBe("bob@example.test")
          expect(session?.grants.map((grant) => grant.provider)).toEqual(["oidc2"])
          expect(await old.session()).toBeNull()
          const owners = (await database.accounts()).map((row) => [row.provider, row.userId])
          expect(owners).toContainEqual(["oidc", alice])
          expect(owners).toContainEqual(["oidc2", session?.user.id])
        })

        it("a form without the CSRF token leaves no wish", async () => {
          const browser = await open({ accounts })
          await browser.signIn(provider())
          const answer = await browser.post("/api/auth/signin/oidc2", { csrfToken: "forged", link: "true" })
          expect(answer.location).toContain("error=MissingCSRF")
          expect(browser.jar.get(`${appUrl}/`, "evergrant.link")).toBeUndefined()
        })

        it("a wish is good for one sign-in, and gone with a sign-in that does not ask", async () => {
          const browser = await open({ accounts })
          await browser.signIn(provider())
          const alice = (await browser.session())?.user.id
          const ask = async () =>
            browser.post("/api/auth/signin/oidc2", { csrfToken: await browser.csrfToken(), link: "true" })
          await ask()
          expect(browser.jar.get(`${appUrl}/`, "evergrant.link")).toMatch(/./)
          // She gave up at the provider. The next one at this browser presses the plain button.
          await browser.signIn(second, "bob", "oidc2")
          expect((await browser.session())?.user.id).not.toBe(alice)
          expect((await database.accounts()).filter((row) => row.userId === alice)).toHaveLength(1)
        })

        it("it links when the form asks for it, and that wish is good for this login and provider alone", async () => {
          const browser = await open({ accounts })
          await browser.signIn(provider())
          const alice = (await browser.session())?.user.id
          const started = await browser.post("/api/auth/signin/oidc2", {
            csrfToken: await browser.csrfToken(),
            callbackUrl: "/",
            link: "true",
          })
          const wish = browser.jar.get(`${appUrl}/`, "evergrant.link")
          expect(wish).toMatch(/./)
          const back = await second.signIn(
            started.location,
            "bob",
            browser.jar,
            `${appUrl}/api/auth/callback/`,
          )
          await browser.get(back)
          const session = await browser.session()
          expect(session?.user.id).toBe(alice)
          expect(session?.grants).toHaveLength(2)

          // Somebody else's browser gets hold of the wish.
          const other = app.browser()
          await other.signIn(provider(), "bob")
          other.jar.store(appUrl, [`evergrant.link=${wish}; Path=/`])
          await other.signIn(second, "alice", "oidc2")
          // Whether Auth.js refuses (it knows the e-mail address) or signs her in anew: nothing is linked.
          expect((await other.session())?.grants).toHaveLength(1)
          const bob = (await other.session())?.user.id
          const rows = (await database.accounts()).filter((row) => row.userId === bob)
          expect(rows).toHaveLength(1)
        })
      })
    })
  }

  describe("without an adapter", () => {
    const open = () =>
      createApplication(provider(), {
        providers: [oidcProvider(provider()), oidcProvider(second, [], "oidc2")],
      })

    it("the user stays the same when a second provider is linked, and when it signs in again", async () => {
      const app = open()
      const browser = app.browser()
      await browser.signIn(provider())
      const before = await browser.session()
      await browser.signIn(second, "bob", "oidc2")
      const linked = await browser.session()
      expect(linked?.user).toEqual(before?.user)
      expect(linked?.grants.map((grant) => grant.provider)).toEqual(["oidc", "oidc2"])
      await browser.signIn(second, "bob", "oidc2")
      expect((await browser.session())?.user.id).toBe(before?.user.id)
    })

    it("another account of the same provider is another user", async () => {
      const app = open()
      const browser = app.browser()
      await browser.signIn(second, "alice", "oidc2")
      const alice = (await browser.session())?.user.id
      const clean = app.browser()
      clean.jar.store(appUrl, [`authjs.session-token=${browser.sessionValue}; Path=/`])
      await clean.signIn(second, "bob", "oidc2")
      const session = await clean.session()
      expect(session?.user.id).not.toBe(alice)
      expect(session?.user.email).toBe("bob@example.test")
      expect(session?.grants).toHaveLength(1)
      expect(await browser.session()).toBeNull()
    })
  })
})
