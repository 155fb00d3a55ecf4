/** Two processes of the demo, as on two machines, with a server as their store. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { startPostgresServer } from "../../../../packages/evergrant/test/databases/postgres-server.ts"
import { startRedisServer } from "../../../../packages/evergrant/test/databases/redis-server.ts"
import { createEmbeddedRealm } from "../../../../packages/evergrant/test/providers/embedded.ts"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { Browser } from "../browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "../start-demo.ts"
import { describeDemo, eventually, figure } from "./scene.ts"
import { serverStores } from "./store-place.ts"

await describeDemo("two machines", { stores: serverStores, processes: 2 }, (scene, strategy) => {
  it("see each other's changes in the next request, and end together", async () => {
    const { provider, signedIn, demos } = scene()
    await provider.setLifetimes({ accessToken: 300 })
    const one = await signedIn()
    const other = new Browser(demos[1]?.url ?? "", one.jar)

    await one.postJson("/api/onboarding", { step: "COMPLETED" })
    expect((await other.getJson("/api/me")).body.data).toMatchObject({ step: "COMPLETED" })
    await provider.setAttributes("alice", { plan: "platinum" })
    await other.postJson("/api/user/update")
    expect((await one.getJson("/api/me")).body).toMatchObject({
      claims: { plan: "platinum" },
      generation: 2,
    })

    const copy = one.jar.header(one.app)
    await one.signOut()
    for (const { url } of demos) {
      const answer = await fetch(`${url}/api/me`, { headers: { cookie: copy } })
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { error: "signed_out", reason: "signed_out" },
      ])
    }
    figure(`${provider.kind}, ${strategy}: two processes, one store server: changes and the end seen by both`)
  })
})

/** A server of the test's own, which it may stop. */
const servers = {
  redis: async () => {
    const server = await startRedisServer()
    return { setting: server.url, stop: () => server.stop(), start: server.start, remove: server.remove }
  },
  postgres: async () => {
    const server = await startPostgresServer()
    return {
      setting: server.url,
      stop: () => server.stop("fast"),
      start: server.start,
      remove: server.remove,
    }
  },
}

for (const kind of serverStores) {
  describe.skipIf(!inject(kind).available)(`a ${kind} server that is down`, () => {
    let server: Awaited<ReturnType<(typeof servers)["redis"]>>
    let provider: TestProvider
    let demo: RunningDemo
    beforeAll(async () => {
      const port = await freePort()
      server = await servers[kind]()
      provider = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
      demo = await startDemo({
        ...providerEnvironment(provider),
        PORT: String(port),
        EVERGRANT_STORE: server.setting,
        DATABASE_URL: "memory:",
      })
    })
    afterAll(async () => {
      await demo?.stop()
      await provider?.close()
      await server?.remove()
    })

    it("makes the answer unknown, signs nobody out, and heals by itself", async () => {
      const browser = new Browser(demo.url)
      await browser.signIn(provider, "alice")
      const before = browser.jar.header(browser.app)
      await server.stop()
      for (const path of ["/api/me", "/api/auth/session", "/api/auth/evergrant/session", "/healthz", "/"]) {
        const answer = await browser.request(path)
        expect([path, answer.status, answer.headers.getSetCookie()]).toEqual([path, 503, []])
      }
      await server.start()
      const { status } = await eventually(
        "the server's return",
        () => browser.getJson("/api/me"),
        (answer) => answer.status !== 503,
      )
      expect(status).toBe(200)
      expect(browser.jar.header(browser.app)).toBe(before)
    })
  })
}
