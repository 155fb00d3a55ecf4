/** SIGTERM while a refresh is on its way: its tokens are waited for, stored and written to the account row. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, inject, it } from "vitest"
import { Browser } from "../../../apps/demo/test/browser.ts"
import { eventually } from "../../../apps/demo/test/spine/scene.ts"
import { providerEnvironment } from "../../../apps/demo/test/start-demo.ts"
import { createPostgresPlace } from "../../../packages/evergrant/test/databases/postgres-place.ts"
import { createEmbeddedRealm } from "../../../packages/evergrant/test/providers/embedded.ts"
import { freePort } from "../../../tools/keycloak/free-port.ts"
import { fingerprint } from "./scene.ts"
import { type RunningExample, startExample } from "./start-example.ts"

const postgres = inject("postgres")

describe.skipIf(!postgres.available)("an end while the provider takes its time", () => {
  it.each(["jwt", "database"])("loses no refresh (session strategy %s)", async (strategy) => {
    const folder = mkdtempSync(join(tmpdir(), "evergrant-example-"))
    const database = await createPostgresPlace(postgres.available ? postgres.url : "", "")
    const port = await freePort()
    const realm = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
    const { settings, counters } = realm.provider
    const environment = {
      ...providerEnvironment(realm),
      PORT: String(port),
      AUTH_SECRET: "the same before and after the restart",
      DATABASE_URL: database.address,
      EVERGRANT_STORE: `sqlite:${join(folder, "store.db")}`,
      SESSION_STRATEGY: strategy,
      DEMO_EXPOSE_TOKENS: "1",
    }
    const running: RunningExample[] = []
    const start = async () => {
      const example = await startExample(environment)
      running.push(example)
      return example
    }
    try {
      await realm.setRotation("strict")
      const first = await start()
      const browser = new Browser(first.url)
      await browser.signIn(realm, "alice")
      counters.reset()
      // Longer than a caller waits.
      settings.set({ latency: 6 })
      const update = browser.postJson("/api/user/update")
      await eventually(
        "the refresh",
        async () => counters.get({}).refreshRequests,
        (requests) => requests === 1,
      )
      expect(await first.stop()).toBe(0)
      expect(await update).toMatchObject({ status: 503, body: { error: "provider_unavailable" } })

      settings.set({ latency: 0 })
      const second = await start()
      expect((await browser.getJson("/api/me")).body).toMatchObject({ generation: 2 })
      const { accessToken } = (await browser.getJson("/api/token")).body
      const [row]: Record<string, unknown>[] = await (await browser.request("/api/accounts")).json()
      expect(row?.access_token_sha256).toBe(fingerprint(accessToken))
      expect(await realm.refreshes()).toEqual({ succeeded: 1, refused: 0 })
      expect(await second.stop()).toBe(0)
    } finally {
      await Promise.all(running.map((example) => example.stop("SIGKILL")))
      await realm.close()
      await database.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
