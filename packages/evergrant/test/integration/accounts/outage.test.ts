/** The users' database is down while tokens are refreshed: the session goes on, the row is written later. */
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { forgetProcessWide } from "../../../src/process-wide.ts"
import { sqliteStore } from "../../../src/stores/sqlite.ts"
import { temporaryFolder } from "../../contract/temporary-folder.ts"
import { describeEachDatabase } from "../../databases/each-database.ts"
import type { TestDatabase } from "../../databases/test-database.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../../providers/embedded.ts"
import type { Browser } from "../binding/browser.ts"
import {
  appUrl,
  createLinkedApplication,
  expectRow,
  fingerprint,
  type LinkedApplication,
  rowOf,
} from "./linked-application.ts"

let provider: EmbeddedTestProvider
const folder = temporaryFolder()
beforeAll(async () => {
  provider = await createEmbeddedRealm({ appUrl })
  await provider.setLifetimes({ accessToken: 300 })
})
afterAll(async () => {
  await provider.close()
  folder.remove()
})

/** Waits until the row holds the newest tokens; nothing but the outbox brings it there. */
async function rowFollows(database: TestDatabase, app: LinkedApplication): Promise<void> {
  const newest = fingerprint(app.tokens.at(-1)?.access_token)
  for (let tries = 0; tries < 400; tries += 1) {
    if (fingerprint((await rowOf(database)).access_token) === newest)
      return expectRow(database, app.tokens.at(-1))
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error("The row did not follow.")
}

describeEachDatabase("a users' database that is down during a refresh", (database) => {
  let app: LinkedApplication
  let stores = 0
  function open(file?: string): Browser {
    stores += 1
    const store = sqliteStore(file ?? join(folder.path, `${database().kind}-${stores}.db`))
    app = createLinkedApplication(provider, database(), "jwt", { evergrant: { store } })
    return app.browser()
  }
  afterEach(() => app.result.close())

  it("the session goes on, an event says so, and the row follows when it is back", async () => {
    const browser = open()
    await browser.signIn(provider)
    await database().setDown(true)

    for (const generation of [2, 3]) {
      const session = await app.result.refreshSession({ request: browser.request("/") })
      expect(session.grants[0]?.generation).toBe(generation)
    }
    const { accessToken } = await app.result.getAccessToken({ request: browser.request("/") })
    expect(fingerprint(accessToken)).toBe(fingerprint(app.tokens[2]?.access_token))
    expect(await browser.session()).not.toBeNull()
    expect(app.events).toContainEqual({ type: "work.postponed", kind: "account.sync" })

    await database().setDown(false)
    await rowFollows(database(), app)
    expect(app.tokens).toHaveLength(3)
    expect(app.events).toContainEqual(expect.objectContaining({ type: "account.updated", generation: 3 }))
  })

  it("a restarted process writes the row, at the first thing that anybody asks of it", async () => {
    const file = join(folder.path, `${database().kind}-restart.db`)
    const before = open(file)
    await before.signIn(provider)
    await database().setDown(true)
    await app.result.refreshSession({ request: before.request("/") })
    const { tokens } = app
    // What the process knew by itself is gone, timers included.
    await app.result.close()
    forgetProcessWide(`outbox default sqlite ${file}`)
    await database().setDown(false)

    open(file)
    app.tokens.push(...tokens)
    await app.result.ping()
    await rowFollows(database(), app)
  })
})
