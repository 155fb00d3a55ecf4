/**
 * A rolling deployment: two processes of the demo end by SIGTERM and start again in turn, each time while a refresh of
 * its own is under way. Nobody is signed out, and the provider refuses no refresh.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  createEmbeddedRealm,
  type EmbeddedTestProvider,
} from "../../../../packages/evergrant/test/providers/embedded.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { Browser, type JsonAnswer } from "../browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "../start-demo.ts"
import { eventually, figure, isUsable, tokenOf } from "./scene.ts"
import { createStorePlace, isMissing, type StorePlace, usersBeside } from "./store-place.ts"

const rounds = 3
const people = 4
/** Seconds that an access token is good for. */
const life = 5
/** Seconds that the provider takes for a refresh: longer than a process that did not wait for it would take to end. */
const latency = 1
/** Milliseconds between two requests of one browser. */
const pauseMs = 100

/** Asks for a token as a balancer would pass it on: to the first process that takes the request. */
async function askFirst(browser: Browser, urls: readonly string[]): Promise<JsonAnswer> {
  let refused: unknown
  for (const url of urls) {
    try {
      return await browser.getJson(`${url}/api/token`)
    } catch (error) {
      // `fetch` throws so when there is no connection.
      if (!(error instanceof TypeError)) throw error
      refused = error
    }
  }
  throw refused
}

describe.skipIf(isMissing("redis"))("two processes on one Redis, restarted in turn", () => {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-demo-"))
  const secret = randomBytes(32).toString("base64")
  const demos: RunningDemo[] = []
  let ports: number[] = []
  let provider: EmbeddedTestProvider
  let place: StorePlace

  const start = (port: number) =>
    startDemo({
      ...providerEnvironment(provider),
      PORT: String(port),
      AUTH_SECRET: secret,
      DEMO_EXPOSE_TOKENS: "1",
      EVERGRANT_STORE: place.setting,
      DATABASE_URL: usersBeside("redis", folder),
    })
  beforeAll(async () => {
    ports = [await freePort(), await freePort()]
    provider = await createEmbeddedRealm({ appUrl: `http://localhost:${ports[0]}` })
    await provider.setRotation("strict")
    await provider.setLifetimes({ accessToken: life })
    place = createStorePlace("redis", folder)
    for (const port of ports) demos.push(await start(port))
  })
  afterAll(async () => {
    await Promise.all(demos.map((demo) => demo.stop()))
    await provider?.close()
    await place?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it("sign nobody out, and no refresh is refused", async () => {
    const urls = demos.map(({ url }) => url)
    const browsers = Array.from({ length: people }, () => new Browser(urls[0] ?? ""))
    for (const browser of browsers) await browser.signIn(provider, "alice")
    provider.provider.latency = latency
    const counts = () => provider.provider.counters.get({ clientId: provider.clientId })
    await provider.resetCounters()

    let preferred = urls
    let asking = true
    const statuses = new Map<number, number>()
    const load = browsers.map(async (browser) => {
      while (asking) {
        const { status } = await askFirst(browser, preferred)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    })
    const restarts = (async () => {
      for (let count = 0; count < rounds * ports.length; count += 1) {
        const ending = count % ports.length
        // All go to the process that is to end, so that it is the one that refreshes.
        preferred = [...urls.slice(ending), ...urls.slice(0, ending)]
        const { refreshRequests } = counts()
        await eventually(
          "a refresh",
          async () => counts(),
          (now) =>
            now.refreshRequests > refreshRequests &&
            now.refreshRequests > now.refreshSucceeded + now.refreshRefused,
        )
        expect(await demos[ending]?.stop()).toBe(0)
        demos[ending] = await start(ports[ending] ?? 0)
      }
    })().finally(() => {
      asking = false
    })
    await Promise.all([restarts, ...load])

    provider.provider.latency = 0
    for (const [index, browser] of browsers.entries()) {
      const { url } = demos[index % demos.length] ?? { url: "" }
      expect(await isUsable(provider, (await tokenOf(browser, `${url}/api/token`)).accessToken)).toBe(true)
      expect((await browser.postJson("/api/user/update")).status).toBe(200)
    }
    // A request may find the refresh taking longer than it wants to wait: that is 503, and no end.
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(counts()).toMatchObject({ refreshRefused: 0 })
    figure(
      `embedded, redis store: ${rounds * ports.length} restarts during a refresh, ${people} sessions, ` +
        `${counts().refreshSucceeded} refreshes, 0 refused, answers ${JSON.stringify([...statuses])}`,
    )
  })
})
