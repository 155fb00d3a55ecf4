/** How the demo starts and ends. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { createEmbeddedRealm } from "../../../packages/evergrant/test/providers/embedded.ts"
import { freePort } from "../../../tools/keycloak/free-port.ts"
import { usualDatabaseFile } from "../start/database-setting.mjs"
import { Browser } from "./browser.ts"
import { providerEnvironment, runDemoToEnd, startDemo } from "./start-demo.ts"

test.each([
  ["AUTH_SECRET", { AUTH_SECRET: "too short" }],
  ["AUTH_SECRET", { AUTH_SECRET: "" }],
  ["AUTH_SECRET", { AUTH_SECRET: "x".repeat(40) }],
  ["PORT", { PORT: "many" }],
  ["AUTH_URL", { AUTH_URL: "http://localhost:3000/app" }],
  ["OIDC_CLIENT_SECRET", { OIDC_ISSUER: "http://localhost:1/realms/x", OIDC_CLIENT_ID: "app" }],
  ["OIDC_SCOPE", { OIDC_SCOPE: "profile email" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "redis://user:password@localhost:many" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "redis://localhost/?prefix={}" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "postgres://user:password@localhost/db?schema=a%00b" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "mysql://user:password@localhost/db" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "cookie:session" }],
  ["SESSION_STRATEGY", { SESSION_STRATEGY: "cookies" }],
  ["SESSION_STRATEGY", { SESSION_STRATEGY: "database", DATABASE_URL: "none" }],
  ["SESSION_STRATEGY", { SESSION_STRATEGY: "database", EVERGRANT_STORE: "cookie:" }],
  ["DATABASE_URL", { DATABASE_URL: "postgres://user:password@localhost/db" }],
  ["DATABASE_URL", { DATABASE_URL: import.meta.dirname }],
  ["OIDC2_CLIENT_SECRET", { OIDC2_ISSUER: "http://localhost:1/realms/x", OIDC2_CLIENT_ID: "app" }],
  ["DEMO_SECOND_PROVIDER", { DEMO_SECOND_PROVIDER: "yes" }],
  ["DEMO_EXPOSE_TOKENS", { DEMO_EXPOSE_TOKENS: "yes" }],
])("a wrong %s stops the start with one sentence: %o", async (name, environment: Record<string, string>) => {
  const { status, output } = await runDemoToEnd(environment)
  expect(status).toBe(1)
  expect(output.trim().split("\n")).toHaveLength(1)
  expect(output).toMatch(new RegExp(`^[^.]*${name}`))
  expect(output).not.toContain("password")
})

test("without an issuer it brings a provider, and no token route is open", async () => {
  const demo = await startDemo({ PORT: String(await freePort()), PROVIDER_PORT: String(await freePort()) })
  try {
    const [, origin = ""] = /^embedded provider on (\S+)/m.exec(demo.output()) ?? []
    const discovery = await fetch(`${origin}/realms/demo/.well-known/openid-configuration`)
    expect(discovery.status).toBe(200)
    const browser = new Browser(demo.url)
    const atProvider = await browser.submit(await browser.open("/"), "Sign in with the provider")
    expect(atProvider.url).toContain(`${origin}/realms/demo`)
    expect((await browser.getJson("/api/token")).status).toBe(404)
    expect((await browser.open("/rsc/token")).status).toBe(404)
  } finally {
    expect(await demo.stop()).toBe(0)
  }
})

test("without a database there are no accounts, and people sign in all the same", async () => {
  const port = await freePort()
  const provider = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
  const demo = await startDemo({
    ...providerEnvironment(provider),
    PORT: String(port),
    DATABASE_URL: "none",
  })
  try {
    const browser = new Browser(demo.url)
    await browser.signIn(provider, "alice")
    expect(await browser.getJson("/api/accounts")).toMatchObject({ status: 501 })
    expect(await browser.postJson("/api/onboarding", { step: "COMPLETED" })).toMatchObject({ status: 200 })
    expect((await browser.open("/")).html).not.toContain("Linked accounts")
    expect((await browser.getJson("/healthz")).status).toBe(200)
  } finally {
    expect(await demo.stop()).toBe(0)
    await provider.close()
  }
})

test("users of two providers are kept apart, because their addresses may be the same", () => {
  const files = [undefined, "http://localhost:1/realms/x", "http://localhost:1/realms/y"].map(
    usualDatabaseFile,
  )
  expect(new Set(files).size).toBe(3)
})

test("a second provider comes along when it is asked for", async () => {
  const demo = await startDemo({
    PORT: String(await freePort()),
    PROVIDER_PORT: String(await freePort()),
    DEMO_SECOND_PROVIDER: "1",
  })
  try {
    const [, origin = ""] = /^second embedded provider on (\S+)/m.exec(demo.output()) ?? []
    const start = await new Browser(demo.url).postAuthForm("/api/auth/signin/oidc2")
    expect(start.headers.get("location")).toContain(`${origin}/realms/second/`)
  } finally {
    expect(await demo.stop()).toBe(0)
  }
})

test.each(["jwt", "database"])(
  "a restart signs nobody out, where the store is a file (%s)",
  async (strategy) => {
    const folder = await mkdtemp(join(tmpdir(), "evergrant-demo-"))
    const port = await freePort()
    const provider = await createEmbeddedRealm({ appUrl: `http://localhost:${port}` })
    const environment = {
      ...providerEnvironment(provider),
      PORT: String(port),
      AUTH_SECRET: "the same before and after the restart",
      EVERGRANT_STORE: `sqlite:${join(folder, "store.db")}`,
      DATABASE_URL: join(folder, "users.db"),
      SESSION_STRATEGY: strategy,
    }
    try {
      const first = await startDemo(environment)
      const browser = new Browser(first.url)
      await browser.signIn(provider, "alice")
      await browser.postJson("/api/onboarding", { step: "COMPLETED" })
      expect(await first.stop()).toBe(0)

      const second = await startDemo(environment)
      try {
        expect((await browser.open("/app")).url).toBe(`${second.url}/app`)
        expect(await browser.postJson("/api/user/update")).toMatchObject({
          status: 200,
          body: { generation: 2 },
        })
      } finally {
        expect(await second.stop()).toBe(0)
      }
    } finally {
      await provider.close()
      await rm(folder, { recursive: true })
    }
  },
)
