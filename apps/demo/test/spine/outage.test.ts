/** A provider that is down signs nobody out, delays nobody whose token is good, and everything heals alone. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import {
  createEmbeddedRealm,
  type EmbeddedTestProvider,
} from "../../../../packages/evergrant/test/providers/embedded.ts"
import { createKeycloakRealm } from "../../../../packages/evergrant/test/providers/keycloak.ts"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { type KeycloakServer, startKeycloakServer } from "../../../../tools/keycloak/start-keycloak-server.ts"
import { Browser } from "../browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "../start-demo.ts"
import { clockPassed, eventually, figure, isUsable, tokenOf } from "./scene.ts"

const outage = 10

/** What a demo of one strategy goes through: a user whose token has expired, and one whose token is good. */
interface Sufferers {
  demo: RunningDemo
  expired: Browser
  good: Browser
}

async function signIn(demo: RunningDemo, provider: TestProvider, username = "alice"): Promise<Browser> {
  const browser = new Browser(demo.url)
  await browser.signIn(provider, username)
  return browser
}

/** Starts one demo for each session strategy: they suffer the same outage. */
async function startDemos(
  create: (appUrls: string[]) => Promise<TestProvider>,
): Promise<{ provider: TestProvider; demos: RunningDemo[] }> {
  const ports = [await freePort(), await freePort()]
  const provider = await create(ports.map((port) => `http://localhost:${port}`))
  const strategies = ["jwt", "database"]
  const demos = await Promise.all(
    strategies.map((strategy, index) =>
      startDemo({
        ...providerEnvironment(provider),
        PORT: String(ports[index]),
        SESSION_STRATEGY: strategy,
        DEMO_EXPOSE_TOKENS: "1",
      }),
    ),
  )
  return { provider, demos }
}

async function prepare(demos: readonly RunningDemo[], provider: TestProvider): Promise<Sufferers[]> {
  await provider.setLifetimes({ accessToken: 3 })
  const expired = await Promise.all(demos.map((demo) => signIn(demo, provider)))
  const tokens = await Promise.all(expired.map((browser) => tokenOf(browser)))
  await provider.setLifetimes({ accessToken: 60 })
  const good = await Promise.all(demos.map((demo) => signIn(demo, provider, "bob")))
  await clockPassed(Math.max(...tokens.map(({ expiresAt }) => expiresAt)) + 1)
  return demos.map((demo, index) => {
    const [late, fresh] = [expired[index], good[index]]
    if (!late || !fresh) throw new Error("Every demo has two users.")
    return { demo, expired: late, good: fresh }
  })
}

/** Asks as the outage goes on: never a 401, never a lost cookie. Returns the slowest 503, in seconds. */
async function sufferUntil(end: number, sufferers: readonly Sufferers[]): Promise<number> {
  return Math.max(...(await Promise.all(sufferers.map((one) => sufferAlone(end, one)))))
}

async function sufferAlone(end: number, { expired, good }: Sufferers): Promise<number> {
  let slowest = 0
  while (Date.now() / 1000 < end) {
    const served = await good.getJson("/api/token")
    expect(served.status).toBe(200)
    const startedAt = performance.now()
    const answer = await expired.getJson("/api/token")
    slowest = Math.max(slowest, (performance.now() - startedAt) / 1000)
    expect(answer).toMatchObject({ status: 503, body: { error: "provider_unavailable" } })
    expect(Number(answer.body.retryAfter)).toBeGreaterThan(0)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect((await expired.getJson("/api/me")).status).toBe(200)
  }
  return slowest
}

async function heals(provider: TestProvider, sufferers: readonly Sufferers[]): Promise<void> {
  await Promise.all(
    sufferers.map(async ({ expired, good }) => {
      await givesToken(provider, expired)
      expect((await good.postJson("/api/user/update")).status).toBe(200)
    }),
  )
}

async function givesToken(provider: TestProvider, browser: Browser): Promise<void> {
  const { body } = await eventually(
    "healing",
    () => browser.getJson("/api/token"),
    ({ status }) => status === 200,
  )
  expect(await isUsable(provider, String(body.accessToken))).toBe(true)
}

describe("the embedded provider fails", () => {
  let provider: EmbeddedTestProvider
  let demos: RunningDemo[] = []
  beforeAll(async () => {
    const started = await startDemos(async (appUrl) => {
      provider = await createEmbeddedRealm({ appUrl })
      return provider
    })
    demos = started.demos
  })
  afterAll(async () => {
    await Promise.all(demos.map((demo) => demo.stop()))
    await provider?.close()
  })

  it.each(["503", "html", "reset", "hang"] as const)(
    "%s for ten seconds: nobody is signed out",
    async (kind) => {
      const sufferers = await prepare(demos, provider)
      provider.provider.faults.set({ kind })
      const slowest = await sufferUntil(Date.now() / 1000 + outage, sufferers)
      provider.provider.faults.clear()
      await heals(provider, sufferers)
      figure(
        `embedded, both strategies, ${kind} for ${outage} s: nobody signed out, slowest 503 after ${slowest.toFixed(1)} s, healed`,
      )
    },
  )

  it("does not make a request wait whose token is good but due", async () => {
    await provider.setLifetimes({ accessToken: 10 })
    const browsers = await Promise.all(demos.map((demo) => signIn(demo, provider)))
    const tokens = await Promise.all(browsers.map((browser) => tokenOf(browser)))
    provider.provider.faults.set({ kind: "hang" })
    await Promise.all(
      browsers.map(async (browser, index) => {
        await clockPassed((tokens[index]?.expiresAt ?? 0) - 2)
        // The fault holds every refresh until it is cleared: an answer now cannot have waited for one.
        const answers = await Promise.all(Array.from({ length: 20 }, () => browser.getJson("/api/token")))
        const given = new Set(answers.map(({ body }) => body.accessToken))
        expect(given).toEqual(new Set([tokens[index]?.accessToken]))
      }),
    )
    expect(provider.provider.counters.get({}).refreshRequests).toBeGreaterThan(0)
    provider.provider.faults.clear()
    await Promise.all(
      browsers.map((browser, index) =>
        eventually(
          "the new token",
          () => browser.getJson("/api/token"),
          ({ body }) => body.accessToken !== tokens[index]?.accessToken,
        ),
      ),
    )
  })

  it("is told in the log when the client secret is wrong, and nobody is signed out", async () => {
    const sufferers = await prepare(demos, provider)
    await provider.setClientSecretAtProvider("changed-at-the-provider")
    await sufferUntil(Date.now() / 1000 + 2, sufferers)
    for (const { demo } of sufferers) {
      expect(demo.output()).toContain('Provider "oidc" refuses this application')
    }
    await provider.setClientSecretAtProvider(provider.clientSecret)
    await heals(provider, sufferers)
  })
})

const keycloak = inject("keycloak")

describe.skipIf(!keycloak.available)("a Keycloak of its own fails", () => {
  let server: KeycloakServer
  let provider: TestProvider
  let demos: RunningDemo[] = []
  beforeAll(async () => {
    server = await startKeycloakServer()
    const started = await startDemos((appUrls) =>
      createKeycloakRealm({ url: server.url, redirectUris: appUrls.map((url) => `${url}/*`) }),
    )
    demos = started.demos
    provider = started.provider
    await provider.setRotation("strict")
  })
  afterAll(async () => {
    await Promise.all(demos.map((demo) => demo.stop()))
    await server?.stop()
  })

  it("hangs for ten seconds: nobody is signed out", async () => {
    const sufferers = await prepare(demos, provider)
    server.pause()
    const slowest = await sufferUntil(Date.now() / 1000 + outage, sufferers).finally(() => server.resume())
    await heals(provider, sufferers)
    figure(
      `keycloak, both strategies, paused for ${outage} s: nobody signed out, slowest 503 after ${slowest.toFixed(1)} s, healed`,
    )
  })

  it("has a wrong client secret: nobody is signed out", async () => {
    const sufferers = await prepare(demos, provider)
    await provider.setClientSecretAtProvider("changed-at-the-provider")
    await sufferUntil(Date.now() / 1000 + 2, sufferers)
    await provider.setClientSecretAtProvider(provider.clientSecret)
    await heals(provider, sufferers)
  })

  it("is stopped: signed out here all the same, and honest about it; then it comes back", async () => {
    const sufferers = await prepare(demos, provider)
    await server.down()
    const slowest = await sufferUntil(Date.now() / 1000 + outage, sufferers)
    const took = await Promise.all(sufferers.map(leavesAlone))
    await server.up()
    await Promise.all(sufferers.map(({ expired }) => givesToken(provider, expired)))
    figure(
      `keycloak, both strategies, stopped: slowest 503 after ${slowest.toFixed(1)} s, signed out locally in ${Math.max(...took).toFixed(1)} s, flag failed`,
    )
  })
})

/** Signs out while the provider is away. Returns the seconds that it took. */
async function leavesAlone({ demo, good }: Sufferers): Promise<number> {
  const thief = good.copy()
  const startedAt = performance.now()
  const page = await good.signOut()
  const took = (performance.now() - startedAt) / 1000
  expect(page.html).toContain("Signed out here")
  expect(page.html).not.toContain("and at the provider")
  expect(good.jar.get(demo.url, "evergrant.signed-out")).toBe("failed")
  expect(await thief.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "signed_out" } })
  return took
}
