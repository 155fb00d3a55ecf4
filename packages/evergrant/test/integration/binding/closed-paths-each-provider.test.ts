/** The closed path of `closed-paths.test.ts` once more, with the user's own login at each provider. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { describeEachProvider } from "../../providers/each-provider.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { appUrl, createApplication, oidcProvider } from "./application.ts"
import { sqliteAdapter } from "./sqlite-adapter.ts"

describeEachProvider("a copy of a cookie that was signed out", appUrl, (provider) => {
  let second: EmbeddedTestProvider
  beforeAll(async () => {
    second = await createEmbeddedRealm({ appUrl })
  })
  afterAll(() => second?.close())

  it("is refused, links no second account, and starts no session through /callback", async () => {
    const database = sqliteAdapter()
    const providers = [oidcProvider(provider()), oidcProvider(second, [], "oidc2")]
    const app = createApplication(provider(), { providers, adapter: database.adapter })
    const browser = app.browser()
    await browser.signIn(provider())
    const alice = (await browser.session())?.user.id
    const copy = browser.copy()
    await browser.signOut()

    expect(await copy.session()).toBe(null)
    await copy.signIn(second, "bob", "oidc2")

    const session = await copy.session()
    expect(session?.user.email).toBe("bob@example.test")
    expect(session?.user.id).not.toBe(alice)
    const owners = database.accounts().map(({ provider: name, userId }) => [name, userId])
    expect(owners).toEqual([
      ["oidc", alice],
      ["oidc2", session?.user.id],
    ])
  })
})
