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

async function signIn(demo: RunningDemo, provider: TestProvider, username = "alice"): Promise<Browser> {
  const browser = new Browser(demo.url)
  await browser.signIn(provider, username)
  return browser
}

/** Signs two users in: one whose token has expired, and one whose token is good. */
async function prepare(
  demo: RunningDemo,
  provider: TestProvider,
): Promise<{ expired: Browser; good: Browser }> {
  await provider.setLifetimes({ accessToken: 3 })
  const expired = await signIn(demo, provider)
  const { expiresAt } = await tokenOf(expired)
  await provider.setLifetimes({ accessToken: 60 })
  const good = await signIn(demo, provider, "bob")
  await clockPassed(expiresAt + 1)
  return { expired, good }
}

/** Asks as the outage goes on: never a 401, never a lost cookie. Returns the slowest 503, in seconds. */
async function sufferUntil(
  end: number,
  { expired, good }: { expired: Browser; good: Browser },
): Promise<number> {
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

async function heals(
  provider: TestProvider,
  { expired, good }: { expired: Browser; good: Browser },
): Promise<void> {
  const { body } = await eventually(
    "healing",
    () => expired.getJson("/api/token"),
    ({ status }) => status === 200,
  )
  expect(await isUsable(provider, String(body.accessToken))).toBe(true)
  expect((await good.postJson("/api/user/update")).status).toBe(200)
}

describe("the embedded provider fails", () => {
  let provider: EmbeddedTestProvider
  let demo: RunningDemo
  beforeAll(async () => {
    const port = await freePort()
    provider = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
    demo = await startDemo({ ...providerEnvironment(provider), PORT: String(port), DEMO_EXPOSE_TOKENS: "1" })
  })
  afterAll(async () => {
    await demo?.stop()
    await provider?.close()
  })

  it.each(["503", "html", "reset", "hang"] as const)(
    "%s for ten seconds: nobody is signed out",
    async (kind) => {
      const browsers = await prepare(demo, provider)
      provider.provider.faults.set({ kind })
      const slowest = await sufferUntil(Date.now() / 1000 + outage, browsers)
      provider.provider.faults.clear()
      await heals(provider, browsers)
      figure(
        `embedded, ${kind} for ${outage} s: nobody signed out, slowest 503 after ${slowest.toFixed(1)} s, healed`,
      )
    },
  )

  it("does not make a request wait whose token is good but due", async () => {
    await provider.setLifetimes({ accessToken: 10 })
    const browser = await signIn(demo, provider)
    const { accessToken, expiresAt } = await tokenOf(browser)
    provider.provider.faults.set({ kind: "hang" })
    await clockPassed(expiresAt - 2)
    // The fault holds every refresh until it is cleared: an answer now cannot have waited for one.
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.getJson("/api/token")))
    expect(new Set(answers.map(({ body }) => body.accessToken))).toEqual(new Set([accessToken]))
    expect(provider.provider.counters.get({}).refreshRequests).toBeGreaterThan(0)
    provider.provider.faults.clear()
    await eventually(
      "the new token",
      () => browser.getJson("/api/token"),
      ({ body }) => body.accessToken !== accessToken,
    )
  })

  it("is told in the log when the client secret is wrong, and nobody is signed out", async () => {
    const browsers = await prepare(demo, provider)
    await provider.setClientSecretAtProvider("changed-at-the-provider")
    await sufferUntil(Date.now() / 1000 + 2, browsers)
    expect(demo.output()).toContain('Provider "oidc" refuses this application')
    await provider.setClientSecretAtProvider(provider.clientSecret)
    await heals(provider, browsers)
  })
})

const keycloak = inject("keycloak")

describe.skipIf(!keycloak.available)("a Keycloak of its own fails", () => {
  let server: KeycloakServer
  let provider: TestProvider
  let demo: RunningDemo
  beforeAll(async () => {
    const port = await freePort()
    server = await startKeycloakServer()
    provider = await createKeycloakRealm({ url: server.url, redirectUris: [`http://localhost:${port}/*`] })
    await provider.setRotation("strict")
    demo = await startDemo({ ...providerEnvironment(provider), PORT: String(port), DEMO_EXPOSE_TOKENS: "1" })
  })
  afterAll(async () => {
    await demo?.stop()
    await server?.stop()
  })

  it("hangs for ten seconds: nobody is signed out", async () => {
    const browsers = await prepare(demo, provider)
    server.pause()
    const slowest = await sufferUntil(Date.now() / 1000 + outage, browsers).finally(() => server.resume())
    await heals(provider, browsers)
    figure(
      `keycloak, paused for ${outage} s: nobody signed out, slowest 503 after ${slowest.toFixed(1)} s, healed`,
    )
  })

  it("has a wrong client secret: nobody is signed out", async () => {
    const browsers = await prepare(demo, provider)
    await provider.setClientSecretAtProvider("changed-at-the-provider")
    await sufferUntil(Date.now() / 1000 + 2, browsers)
    await provider.setClientSecretAtProvider(provider.clientSecret)
    await heals(provider, browsers)
  })

  it("is stopped: signed out here all the same, and honest about it; then it comes back", async () => {
    const browsers = await prepare(demo, provider)
    await server.down()
    const slowest = await sufferUntil(Date.now() / 1000 + outage, browsers)
    const thief = browsers.good.copy()
    const startedAt = performance.now()
    const page = await browsers.good.signOut()
    const took = (performance.now() - startedAt) / 1000
    expect(page.html).toContain("Signed out here")
    expect(page.html).not.toContain("and at the provider")
    expect(browsers.good.jar.get(demo.url, "evergrant.signed-out")).toBe("failed")
    expect(await thief.getJson("/api/me")).toMatchObject({ status: 401, body: { reason: "signed_out" } })
    await server.up()
    const { body } = await eventually(
      "healing",
      () => browsers.expired.getJson("/api/token"),
      ({ status }) => status === 200,
    )
    expect(await isUsable(provider, String(body.accessToken))).toBe(true)
    figure(
      `keycloak, stopped: slowest 503 after ${slowest.toFixed(1)} s, signed out locally in ${took.toFixed(1)} s, flag failed`,
    )
  })
})
