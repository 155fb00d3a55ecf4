/** Row A10 at both providers, under strict rotation: after a lost rotation one silent round trip, and never a second. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import { type BareClient, connectBareClient } from "../../providers/bare-client.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { strategies } from "../accounts/linked-application.ts"
import { appUrl } from "./application.ts"
import {
  createSilentApplication,
  type LostLogin,
  noteOf,
  type SilentApplication,
  start,
  told,
} from "./silent-application.ts"

const silent = "/api/auth/evergrant/silent"

describeEachProvider("after a lost rotation", appUrl, (provider) => {
  let client: BareClient
  beforeAll(async () => {
    client = await connectBareClient(provider(), `${appUrl}/api/auth/callback/oidc`)
  })

  describe.each(strategies)("in the %s strategy", (strategy) => {
    const usernames = ["alice", "bob", "alice", "alice", "alice"]
    let app: SilentApplication
    let logins: LostLogin[]
    /** One that no other test has touched. */
    const next = (): LostLogin => {
      const one = logins.shift()
      if (!one) throw new Error("All are spent.")
      return one
    }
    beforeAll(async () => {
      const database = strategy === "database" ? await createDatabase("sqlite", "") : undefined
      app = createSilentApplication(provider(), database)
      await provider().resetCounters()
      logins = await app.lose(...usernames)
    })
    afterAll(() => app.close())
    const attempts = { succeeded: usernames.length, refused: usernames.length }

    it("A10 one round trip without a question brings the same user back to the page", async () => {
      const lost = next()
      const { browser, user } = lost
      expect(await provider().refreshes()).toEqual(attempts)
      const old = browser.copy()
      expect(await told(browser)).toEqual({ status: "signed_out", reason: "rotation_lost", silent })
      expect(await browser.session()).toBeNull()

      const { trail, page } = await app.goTo(browser, "/orders?page=2")

      expect(trail.map((address) => new URL(address).pathname)).toEqual([
        "/orders",
        silent,
        "/api/auth/callback/oidc",
        "/orders",
      ])
      expect(trail.at(-1)).toBe(`${appUrl}/orders?page=2`)
      expect(page.headers.get("x-middleware-next")).toBe("1")
      expect(await browser.session()).toMatchObject({
        user: { id: user, email: expect.stringContaining("alice@") },
      })
      expect(app.outcomes(lost)).toEqual([
        { type: "silent.finished", loginId: lost.loginId, provider: "oidc", outcome: "signed_in" },
      ])
      expect(noteOf(browser)).toBeUndefined()
      expect(browser.jar.get(`${appUrl}/`, "evergrant.silent")).toBeUndefined()

      // The old cookie stays dead, and offers nothing more.
      expect(await told(old)).toEqual({ status: "signed_out", reason: "rotation_lost" })
      expect((await app.goTo(old, "/orders")).trail).toHaveLength(1)
      expect(await old.session()).toBeNull()
    })

    it("A10 the user's data is there, and the new grant can be refreshed", async () => {
      const { browser, user } = next()
      const other = app.browser()
      await other.signIn(provider(), "bob")
      await app.result.patchSession({ step: "COMPLETED" }, { request: other.request("/") })
      await app.goTo(browser, "/")
      expect(await browser.session()).toMatchObject({ user: { id: user }, data: { step: "COMPLETED" } })
      expect((await browser.postOwn("refresh", {})).status).toBe(200)
      attempts.succeeded += 1
    })

    it("A10 an ended session at the provider means signed out with the reason, and no second try", async () => {
      const lost = next()
      const { browser } = lost
      await client.endSession(lost.idToken)

      const { trail, page } = await app.goTo(browser, "/orders")

      expect(new URL(trail[2] ?? "").searchParams.get("error")).toBe("login_required")
      expect(trail.at(-1)).toBe(`${appUrl}/orders`)
      expect(page.headers.get("x-middleware-next")).toBe("1")
      expect(noteOf(browser)).toBe("rotation_lost")
      expect(await told(browser)).toEqual({ status: "signed_out", reason: "rotation_lost" })
      expect(app.outcomes(lost)).toEqual([
        expect.objectContaining({ outcome: "refused", code: "login_required" }),
      ])
      expect((await app.goTo(browser, "/orders")).trail).toEqual([`${appUrl}/orders`])
      expect((await start(browser)).location).toBe(`${appUrl}/page`)
    })

    it("A10 somebody else at the provider is refused, and stays signed in there", async () => {
      const lost = next()
      const { browser } = lost
      await client.endSession(lost.idToken)
      expect((await client.authorize("bob", browser.jar)).get("code")).not.toBeNull()
      const accounts = await app.database?.accounts()
      const sessions = await app.database?.sessions()

      const { trail } = await app.goTo(browser, "/orders")

      expect(new URL(trail[2] ?? "").searchParams.get("code")).not.toBeNull()
      expect(trail.at(-1)).toBe(`${appUrl}/orders`)
      expect(await browser.session()).toBeNull()
      expect(noteOf(browser)).toBe("subject_changed")
      expect(app.outcomes(lost)).toEqual([expect.objectContaining({ outcome: "subject_changed" })])
      expect(await app.database?.accounts()).toEqual(accounts)
      expect(await app.database?.sessions()).toEqual(sessions)
      expect((await app.goTo(browser, "/orders")).trail).toHaveLength(1)
      const still = await client.authorize("nobody", browser.jar, { prompt: "none" })
      expect(still.get("code")).not.toBeNull()
    })

    it("A10 of several tabs at once one goes to the provider, the others to their pages", async () => {
      const { browser } = next()
      const answers = await Promise.all([1, 2, 3].map((tab) => start(browser.copy(), `/tab/${tab}`)))
      const [sent, ...more] = answers.filter(({ location }) => location.startsWith(provider().issuer))
      expect(more).toEqual([])
      expect(new URL(sent?.location ?? "").searchParams.get("prompt")).toBe("none")
      for (const answer of answers.filter((one) => one !== sent)) {
        expect(answer).toMatchObject({ status: 302, setCookies: [] })
        expect(answer.location).toMatch(new RegExp(`^${appUrl}/tab/[123]$`))
      }
    })

    it("A10 none of this has presented a refused token again", async () => {
      expect(await provider().refreshes()).toEqual(attempts)
    })
  })
})
