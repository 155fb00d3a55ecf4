/** Whatever gives the cookie a new life gives the login one. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { createDatabase } from "../../databases/create-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import type { Browser } from "../binding/browser.ts"
import { appUrl, createLinkedApplication, type LinkedApplication, strategies } from "./linked-application.ts"

let provider: EmbeddedTestProvider
let second: EmbeddedTestProvider
let database: TestDatabase
let app: LinkedApplication
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  second = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => Promise.all([provider.close(), second.close()]))
afterEach(async () => {
  vi.useRealTimers()
  await app.result.close()
  await database.close()
})

const maxAge = 100
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

for (const strategy of strategies) {
  const causes: [string, (browser: Browser) => Promise<unknown>][] = [
    ["update() from the browser", (browser) => browser.update({})],
    ["linking an account", (browser) => browser.signIn(second, "bob", "oidc2")],
  ]
  for (const [name, renew] of causes) {
    it(`${name} (${strategy} strategy)`, async () => {
      vi.useFakeTimers({ toFake: ["Date"] })
      database = await createDatabase("sqlite", "")
      app = createLinkedApplication(
        provider,
        database,
        strategy,
        { session: { strategy, maxAge, updateAge: 50 } },
        second,
      )
      const browser = app.browser()
      await browser.signIn(provider)
      later(60)
      await renew(browser)
      later(45)
      expect(await browser.session()).not.toBeNull()
    })
  }
}
