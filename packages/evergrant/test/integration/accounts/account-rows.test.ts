/** Article 2: each writer, in each session strategy, holds the newest tokens at every moment. */
import { customFetch, type NextAuthConfig } from "next-auth"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { describeEachDatabase } from "../../databases/each-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import { oidcProvider, type TokenAnswer } from "../binding/application.ts"
import type { Browser } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  type LinkedApplication,
  type LinkedOptions,
  rowOf,
  strategies,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())

/** A provider whose answers to a refresh hold an access token and nothing else; what it would have said is kept. */
function leanProvider(at: TestProvider, answers: TokenAnswer[]): NextAuthConfig["providers"][number] {
  const ask: typeof fetch = async (...given) => {
    const answer = await fetch(...given)
    if (!answer.ok || !/\/token$/.test(answer.url)) return answer
    const body = (await answer.json()) as TokenAnswer & { expires_in?: number }
    answers.push(body)
    const { access_token, expires_in } = body
    return Response.json(answers.length === 1 ? body : { access_token, expires_in, token_type: "Bearer" })
  }
  return { ...oidcProvider(at), [customFetch]: ask } as NextAuthConfig["providers"][number]
}

async function refresh(app: LinkedApplication, browser: Browser): Promise<void> {
  await app.result.refreshSession({ request: browser.request("/") })
}

describeEachDatabase("the account row", (database) => {
  for (const strategy of strategies) {
    describe(`${strategy} strategy`, () => {
      let app: LinkedApplication
      function open(options: LinkedOptions = {}): LinkedApplication {
        app = createLinkedApplication(provider, database(), strategy, options)
        return app
      }
      afterEach(() => app.result.close())

      it("is the newest after the second sign-in, after each refresh and after an update at the provider", async () => {
        const browser = open().browser()
        await browser.signIn(provider)
        await expectRow(database(), app.tokens[0])
        await database().query(
          `UPDATE ${tableOf()} SET note = 'the application''s own' WHERE provider = 'oidc'`,
        )

        await browser.signIn(provider)
        expect(app.tokens).toHaveLength(2)
        await expectRow(database(), app.tokens[1])
        for (const count of [3, 4, 5]) {
          await refresh(app, browser)
          expect(app.tokens).toHaveLength(count)
          await expectRow(database(), app.tokens[count - 1])
        }
        await provider.setAttributes("alice", { plan: `plan of ${strategy}` })
        const { claims } = await app.result.refreshSession({ request: browser.request("/") })
        expect(claims.plan).toBe(`plan of ${strategy}`)
        await expectRow(database(), app.tokens[5])
        const row = await rowOf(database())
        expect(row.note).toBe("the application's own")
        expect(Number(row.expires_at)).toBeGreaterThan(Date.now() / 1000 + 250)
        expect(row.session_state).toMatch(/./)
        expect(row.type).toBe("oidc")
      })

      it("keeps what an answer leaves out", async () => {
        await provider.setRotation("off")
        const answers: TokenAnswer[] = []
        open({ providers: [leanProvider(provider, answers)] })
        const browser = app.browser()
        await browser.signIn(provider)
        await refresh(app, browser)

        expect(answers).toHaveLength(2)
        const [first, second] = answers
        await expectRow(database(), { ...first, access_token: String(second?.access_token) })
        expect((await rowOf(database())).scope).toMatch(/openid/)
        await provider.setRotation("strict")
      })

      it("is the newest of two browsers, then the one that stays, then empty", async () => {
        const laptop = open().browser()
        const phone = app.browser()
        await laptop.signIn(provider)
        await phone.signIn(provider)
        await expectRow(database(), app.tokens[1])
        await refresh(app, laptop)
        await expectRow(database(), app.tokens[2])
        await refresh(app, phone)
        await expectRow(database(), app.tokens[3])

        await phone.signOut()
        await expectRow(database(), app.tokens[2])
        expect(await laptop.session()).not.toBeNull()

        await laptop.signOut()
        await expectRow(database(), {})
        expect((await rowOf(database())).expires_at).toBeNull()
      })

      it("is emptied when the provider ends the session", async () => {
        const browser = open().browser()
        await browser.signIn(provider)
        await provider.endSessions("alice")
        await expect(refresh(app, browser)).rejects.toMatchObject({ code: "signed_out" })
        await expectRow(database(), {})
        expect(await browser.session()).toBeNull()
      })
    })
  }

  function tableOf(): string {
    return database().kind === "pg" ? "accounts" : "account"
  }
})
