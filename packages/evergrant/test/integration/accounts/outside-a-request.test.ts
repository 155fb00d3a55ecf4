/** Tokens for jobs and queues: a user's id is all they have, and they share the flights of the requests. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import {
  appUrl,
  createLinkedApplication,
  fingerprint,
  type LinkedApplication,
  strategies,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
})
afterAll(() => provider.close())

for (const strategy of strategies) {
  describe(`getAccessToken({ userId, provider }) (${strategy} strategy)`, () => {
    let database: TestDatabase
    let app: LinkedApplication
    async function signedIn() {
      database = await createDatabase("sqlite", "")
      app = createLinkedApplication(provider, database, strategy)
      await provider.setLifetimes({ accessToken: 300 })
      const browser = app.browser()
      await browser.signIn(provider)
      return { browser, userId: (await browser.session())?.user.id ?? "" }
    }
    afterEach(async () => {
      await app.result.close()
      await database.close()
    })

    it("gives the newest token of all logins of the user", async () => {
      const { userId } = await signedIn()
      await app.browser().signIn(provider)
      const token = await app.result.getAccessToken({ userId, provider: "oidc" })
      expect(fingerprint(token.accessToken)).toBe(fingerprint(app.tokens[1]?.access_token))
    })

    it("forty jobs and pages at once are one refresh", async () => {
      const { browser, userId } = await signedIn()
      await provider.setLifetimes({ accessToken: 2 })
      // Nobody asks for the token before it has expired, or it would be renewed ahead.
      const { grants } = await app.result.refreshSession({ request: browser.request("/") })
      const end = (grants[0]?.expiresAt ?? 0) + 1
      while (Date.now() / 1000 <= end) await new Promise((resolve) => setTimeout(resolve, 20))
      await provider.setLifetimes({ accessToken: 300 })
      await provider.resetCounters()
      const tokens = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          app.result.getAccessToken(
            index % 2 ? { userId, provider: "oidc" } : { request: browser.request("/") },
          ),
        ),
      )
      expect(new Set(tokens.map(({ accessToken }) => fingerprint(accessToken))).size).toBe(1)
      expect(await provider.refreshes()).toEqual({ succeeded: 1, refused: 0 })
    })

    it("passes by a login that is over, and says when none is left", async () => {
      const { browser, userId } = await signedIn()
      const phone = app.browser()
      await phone.signIn(provider)
      await phone.signOut()
      const token = await app.result.getAccessToken({ userId, provider: "oidc", force: true })
      expect(fingerprint(token.accessToken)).toBe(fingerprint(app.tokens.at(-1)?.access_token))
      await expect(app.result.getAccessToken({ userId, provider: "oidc2" })).rejects.toMatchObject({
        code: "no_grant",
      })
      await provider.endSessions("alice")
      await expect(
        app.result.getAccessToken({ userId, provider: "oidc", force: true }),
      ).rejects.toMatchObject({ code: "signed_out", reason: "provider_session_ended" })
      await expect(app.result.getAccessToken({ userId, provider: "oidc" })).rejects.toMatchObject({
        code: "signed_out",
        reason: "no_session",
      })
      expect(await browser.session()).toBeNull()
    })
  })
}
