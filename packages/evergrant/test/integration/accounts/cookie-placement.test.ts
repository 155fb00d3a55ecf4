/** Linked accounts without a store: the cookie carries all grants of the login, the table holds the newest tokens. */
import { randomUUID } from "node:crypto"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { cookieStore } from "../../../src/stores/cookie.ts"
import { describeEachDatabase } from "../../databases/each-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { Browser } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  fingerprint,
  type LinkedApplication,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
let second: EmbeddedTestProvider
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  second = await createEmbeddedRealm({ appUrl })
  for (const one of [provider, second]) await one.setLifetimes({ accessToken: 300 })
})
afterAll(async () => {
  await provider.close()
  await second.close()
})

describeEachDatabase("linked accounts in the cookie placement", (database) => {
  let app: LinkedApplication
  function open(): LinkedApplication {
    const store = cookieStore({ name: randomUUID() })
    app = createLinkedApplication(provider, database(), "jwt", { evergrant: { store } }, second)
    return app
  }
  afterEach(() => app.result.close())

  it("both grants travel in the cookie, outlive the process, and are in the table", async () => {
    const browser = open().browser()
    await browser.signIn(provider)
    const before = await browser.session()
    await browser.signIn(second, "bob", "oidc2")
    const linked = await browser.session()
    expect(linked?.user).toEqual(before?.user)
    expect(linked?.grants.map((grant) => grant.provider)).toEqual(["oidc", "oidc2"])
    await expectRow(database(), app.tokens[0], "oidc")
    await expectRow(database(), app.secondTokens[0], "oidc2")

    // Another process, which knows nothing but the cookie.
    const { tokens, secondTokens } = app
    await app.result.close()
    open()
    const again = new Browser(app.result.handlers, appUrl, browser.jar)
    const request = { request: again.request("/") }
    const token = await app.result.getAccessToken({ ...request, provider: "oidc2" })
    expect(fingerprint(token.accessToken)).toBe(fingerprint(secondTokens[0]?.access_token))
    await app.result.refreshSession({ ...request, provider: "oidc" })
    await expectRow(database(), app.tokens[0], "oidc")
    await expectRow(database(), secondTokens[0], "oidc2")
    expect(app.tokens[0]?.refresh_token).not.toBe(tokens[0]?.refresh_token)

    await again.signOut()
    expect(app.events.find((event) => event.type === "signout.finished")).toMatchObject({
      providers: [
        { provider: "oidc", status: "ended" },
        { provider: "oidc2", status: "ended" },
      ],
    })
    await expectRow(database(), {}, "oidc")
    await expectRow(database(), {}, "oidc2")
  })
})
