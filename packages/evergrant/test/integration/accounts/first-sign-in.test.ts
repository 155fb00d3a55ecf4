/** The very first sign-in through each stock adapter, at each provider: whatever its answer holds, the row is made. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { describeEachDatabase } from "../../databases/each-database.ts"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  type LinkedApplication,
  rowOf,
  strategies,
} from "./linked-application.ts"

let second: EmbeddedTestProvider
beforeAll(async () => {
  second = await createEmbeddedRealm({ appUrl })
})
afterAll(() => second.close())

describeEachProvider("the first sign-in", appUrl, (provider) => {
  describeEachDatabase("through the stock adapter", (database) => {
    let app: LinkedApplication
    afterEach(async () => {
      await app.result.close()
      const plural = database().kind === "pg"
      for (const table of plural ? ["sessions", "accounts", "users"] : ["session", "account", '"user"']) {
        await database().query(`DELETE FROM ${table}`)
      }
    })

    for (const strategy of strategies) {
      it(`makes user, row and session, and a refresh follows it (${strategy} strategy)`, async () => {
        await provider().setLifetimes({ accessToken: 300 })
        app = createLinkedApplication(provider(), database(), strategy)
        const browser = app.browser()
        const answer = await browser.signIn(provider())
        expect(answer).toMatchObject({ status: 302, location: `${appUrl}/` })
        const session = await browser.session()
        expect(session?.grants).toMatchObject([{ provider: "oidc", generation: 1 }])
        const row = await rowOf(database())
        expect(row).toMatchObject({ type: "oidc", token_type: expect.any(String) })
        expect(String(row.userId)).toBe(session?.user.id)
        expect(row).not.toHaveProperty("refresh_expires_in")
        await expectRow(database(), app.tokens[0])
        await app.result.refreshSession({ request: browser.request("/") })
        await expectRow(database(), app.tokens[1])
        expect(await database().sessions()).toHaveLength(strategy === "database" ? 1 : 0)
      })

      it(`a cookie that was signed out links nothing and opens nothing (${strategy} strategy)`, async () => {
        app = createLinkedApplication(provider(), database(), strategy, {}, second)
        const browser = app.browser()
        await browser.signIn(provider())
        const alice = (await browser.session())?.user.id
        const copy = browser.copy()
        await browser.signOut()

        expect(await copy.session()).toBeNull()
        await copy.signIn(second, "bob", "oidc2")

        const session = await copy.session()
        expect(session?.user.email).toBe("bob@example.test")
        expect(session?.user.id).not.toBe(alice)
        const owners = (await database().accounts()).map((row) => [row.provider, String(row.userId)])
        expect(owners).toHaveLength(2)
        expect(owners).toContainEqual(["oidc", alice])
        expect(owners).toContainEqual(["oidc2", session?.user.id])
      })
    }
  })
})
