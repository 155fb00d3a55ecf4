/** How the example starts: with one sentence when something is missing, and two at once on an empty database. */
import { describe, expect, inject, it } from "vitest"
import { createPostgresPlace } from "../../../packages/evergrant/test/databases/postgres-place.ts"
import { freePort } from "../../../tools/keycloak/free-port.ts"
import { type RunningExample, runExampleToEnd, startExample } from "./start-example.ts"

const complete = {
  AUTH_SECRET: "a secret of at least thirty-two characters",
  DATABASE_URL: "postgres://user:password@localhost:5432/app",
  OIDC_ISSUER: "http://localhost:1/realms/none",
  OIDC_CLIENT_ID: "app",
  OIDC_CLIENT_SECRET: "secret",
  EVERGRANT_STORE: "memory:",
}

it.each([
  ["AUTH_SECRET", { AUTH_SECRET: "" }],
  ["DATABASE_URL", { DATABASE_URL: "" }],
  ["DATABASE_URL", { DATABASE_URL: "sqlite:password.db" }],
  ["DATABASE_URL", { DATABASE_URL: "postgres://user:password@localhost:1/app" }],
  ["OIDC_ISSUER", { OIDC_ISSUER: "" }],
  ["OIDC_CLIENT_SECRET", { OIDC_CLIENT_SECRET: "" }],
  ["OIDC2_CLIENT_ID", { OIDC2_ISSUER: "http://localhost:1" }],
  ["EVERGRANT_STORE", { EVERGRANT_STORE: "redis://user:password@localhost" }],
  ["SESSION_STRATEGY", { SESSION_STRATEGY: "cookie" }],
  ["DEMO_EXPOSE_TOKENS", { DEMO_EXPOSE_TOKENS: "yes" }],
  ["PORT", { PORT: "many" }],
])("a wrong %s stops the start with one sentence: %o", async (name, environment: Record<string, string>) => {
  const { status, output } = await runExampleToEnd({ ...complete, ...environment })
  expect(status).toBe(1)
  expect(output.trim().split("\n")).toHaveLength(1)
  expect(output).toMatch(new RegExp(`^[^.]*${name}`))
  expect(output).not.toContain("password")
})

const postgres = inject("postgres")

describe.skipIf(!postgres.available)("an empty database", () => {
  it("gets its tables from two processes that start at once, and keeps them at the next start", async () => {
    const database = await createPostgresPlace(postgres.available ? postgres.url : "", "")
    const environment = { ...complete, DATABASE_URL: database.address }
    const running: RunningExample[] = []
    const start = async () => {
      const example = await startExample({ ...environment, PORT: String(await freePort()) })
      running.push(example)
      return example
    }
    try {
      const both = await Promise.all([start(), start()])
      expect(await database.tables()).toEqual(["Account", "Session", "User", "VerificationToken"])
      await Promise.all(both.map(async ({ stop }) => expect(await stop()).toBe(0)))
      await database.query(`INSERT INTO "User" (id) VALUES ('kept')`)
      const again = await start()
      expect(await again.stop()).toBe(0)
      expect(await database.query('SELECT id FROM "User"')).toEqual([{ id: "kept" }])
    } finally {
      await Promise.all(running.map((example) => example.stop("SIGKILL")))
      await database.remove()
    }
  })
})
