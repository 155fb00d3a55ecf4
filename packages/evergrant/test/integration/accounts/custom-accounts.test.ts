/** An adapter of which Evergrant knows no table: it warns once, and the application fills in the writing. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { forgetProcessWide } from "../../../src/process-wide.ts"
import { createDatabase } from "../../databases/create-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import { createApplication, freshStore } from "../binding/application.ts"
import { appUrl, createLinkedApplication, expectRow, type LinkedApplication } from "./linked-application.ts"

let provider: EmbeddedTestProvider
let database: TestDatabase
let app: LinkedApplication
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(() => provider.close())
afterEach(async () => {
  vi.restoreAllMocks()
  await app.result.close()
  await database.close()
})

it("without a writer it warns once per process, names the remedy, and leaves the rows alone", async () => {
  database = await createDatabase("sqlite", "")
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
  const store = freshStore()
  forgetProcessWide(`accounts.unwritten memory ${store.location} `)
  const { unlinkAccount: _, ...adapter } = database.adapter
  const open = () =>
    createApplication(provider, {
      adapter,
      session: { strategy: "jwt" },
      evergrant: { store, events: undefined as never },
    })
  app = { ...open(), secondTokens: [] }
  const browser = app.browser()
  await browser.signIn(provider)
  await browser.signIn(provider)
  const second = open().browser()
  await second.signIn(provider)

  const said = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes("accounts"))
  expect(said).toHaveLength(1)
  expect(said[0]).toContain("drizzleAccounts(db)")
  expect(said[0]).toContain("update(key, patch, expected)")
  // As in stock Auth.js: the tokens of the first sign-in, and nothing was unlinked or linked again.
  await expectRow(database, app.tokens[0])
})

it("the application's own update is enough where the adapter can read a row", async () => {
  database = await createDatabase("sqlite", "")
  const { writer, adapter } = database
  const calls: unknown[][] = []
  const update: typeof writer.update = (...given) => {
    calls.push(given)
    return writer.update(...given)
  }
  app = createLinkedApplication(provider, database, "jwt", { evergrant: { accounts: { update } } })
  expect(adapter.getAccount).toBeTypeOf("function")
  const browser = app.browser()
  await browser.signIn(provider)
  await app.result.refreshSession({ request: browser.request("/") })
  await expectRow(database, app.tokens[1])
  const [key, patch, expected] = calls.at(-1) ?? []
  expect(key).toMatchObject({ provider: "oidc", providerAccountId: expect.any(String) })
  expect(Object.keys(patch ?? {})).toEqual(
    expect.arrayContaining(["access_token", "refresh_token", "expires_at"]),
  )
  expect(expected).toEqual({
    access_token: app.tokens[0]?.access_token,
    refresh_token: app.tokens[0]?.refresh_token,
  })
})
