/** The example as a real process on each provider and in each session strategy, with a database of its own. */
import { createHash, randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, inject } from "vitest"
import { Browser } from "../../../apps/demo/test/browser.ts"
import { storedTokens } from "../../../apps/demo/test/spine/stored-tokens.ts"
import { providerEnvironment } from "../../../apps/demo/test/start-demo.ts"
import { createPostgresPlace } from "../../../packages/evergrant/test/databases/postgres-place.ts"
import type { DatabasePlace } from "../../../packages/evergrant/test/databases/test-database.ts"
import { describeEachProvider } from "../../../packages/evergrant/test/providers/each-provider.ts"
import { createEmbeddedRealm } from "../../../packages/evergrant/test/providers/embedded.ts"
import type { TestProvider } from "../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../tools/keycloak/free-port.ts"
import { type RunningExample, startExample } from "./start-example.ts"

export type Strategy = "jwt" | "database"

/** The tokens of one place, recognisable and of no use. */
export interface Fingerprints {
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  expires_at: number | null
}

export interface Scene {
  readonly provider: TestProvider
  /** What `oidc2` is: the embedded one, always. */
  readonly second: TestProvider
  readonly database: DatabasePlace
  example(): RunningExample
  /** Ends the process by force and starts it again. */
  restart(between: () => Promise<void>): Promise<void>
  /** A new browser in which the user has signed in. */
  signedIn(username?: string): Promise<Browser>
  /** What the row of the one account of `oidc` holds, looked at behind the application's back. */
  row(): Promise<Fingerprints>
  /** What the newest login of the store holds. */
  newest(): Promise<Fingerprints>
}

/** Declares `suite` for each provider and strategy; without PostgreSQL it is skipped. */
export async function describeExample(
  name: string,
  strategies: readonly Strategy[],
  suite: (scene: () => Scene, strategy: Strategy) => void,
): Promise<void> {
  const postgres = inject("postgres")
  const port = await freePort()
  describe.skipIf(!postgres.available)("with PostgreSQL", () => {
    describeEachProvider(name, `http://localhost:${port}`, (provider) => {
      describe.each(strategies)("session strategy %s", (strategy) => {
        let scene: (Scene & { close(): Promise<void> }) | undefined
        beforeAll(async () => {
          scene = await startScene(provider(), port, strategy)
        })
        afterAll(() => scene?.close())
        suite(() => {
          if (!scene) throw new Error("The scene is there only while tests run.")
          return scene
        }, strategy)
      })
    })
  })
}

async function startScene(provider: TestProvider, port: number, strategy: Strategy) {
  const postgres = inject("postgres")
  if (!postgres.available) throw new Error(postgres.why)
  const appUrl = `http://localhost:${port}`
  const database = await createPostgresPlace(postgres.url, "")
  const second = await createEmbeddedRealm({ appUrl })
  const folder = mkdtempSync(join(tmpdir(), "evergrant-example-"))
  const file = join(folder, "store.db")
  const secret = randomBytes(32).toString("base64")
  const environment = {
    ...providerEnvironment(provider),
    OIDC2_ISSUER: second.issuer,
    OIDC2_CLIENT_ID: second.clientId,
    OIDC2_CLIENT_SECRET: second.clientSecret,
    PORT: String(port),
    AUTH_SECRET: secret,
    DATABASE_URL: database.address,
    EVERGRANT_STORE: `sqlite:${file}`,
    SESSION_STRATEGY: strategy,
    DEMO_EXPOSE_TOKENS: "1",
  }
  let example = await startExample(environment)
  return {
    provider,
    second,
    database,
    example: () => example,
    async restart(between: () => Promise<void>) {
      await example.stop("SIGKILL")
      await between()
      example = await startExample(environment)
    },
    async signedIn(username = "alice") {
      const browser = new Browser(appUrl)
      await browser.signIn(provider, username)
      return browser
    },
    async row() {
      const [row] = await database.query(`SELECT * FROM "Account" WHERE provider = 'oidc'`)
      return toFingerprints(row?.access_token, row?.refresh_token, row?.id_token, row?.expires_at)
    },
    async newest() {
      const tokens = (await storedTokens(file, secret)).at(-1)
      const { accessToken, refreshToken, idToken, expiresAt = 0 } = tokens ?? {}
      return toFingerprints(accessToken, refreshToken, idToken, Math.floor(expiresAt))
    },
    async close() {
      await example.stop()
      await second.close()
      await database.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function toFingerprints(access: unknown, refresh: unknown, id: unknown, expiresAt: unknown): Fingerprints {
  return {
    access_token: fingerprint(access),
    refresh_token: fingerprint(refresh),
    id_token: fingerprint(id),
    expires_at: expiresAt == null ? null : Number(expiresAt),
  }
}

/** SHA-256 in hex, as `/api/accounts` has it. */
export function fingerprint(token: unknown): string | null {
  return token == null ? null : createHash("sha256").update(String(token)).digest("hex")
}
