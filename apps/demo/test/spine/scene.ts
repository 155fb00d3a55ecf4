/** The demo as real processes, on each provider and each store: what the rows of the contract are shown on. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { describeEachProvider } from "../../../../packages/evergrant/test/providers/each-provider.ts"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { Browser } from "../browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "../start-demo.ts"

export type StoreKind = "memory" | "sqlite" | "cookie"

/** One set-up: a provider, and one or more processes of the demo that share secret and store. */
export interface Scene {
  readonly provider: TestProvider
  readonly demos: readonly RunningDemo[]
  readonly secret: string
  /** The file of the SQLite store. */
  readonly file: string
  /** A browser of one process; the cookies of `localhost` are the same for all. */
  browser(process?: number): Browser
  /** A new browser in which the user has signed in. */
  signedIn(username?: string): Promise<Browser>
}

export interface SceneOptions {
  stores?: readonly StoreKind[]
  processes?: number
  environment?: Readonly<Record<string, string>>
}

/** Declares `suite` for each provider and store. */
export async function describeDemo(
  name: string,
  { stores = ["memory", "sqlite"], processes = 1, environment = {} }: SceneOptions,
  suite: (scene: () => Scene) => void,
): Promise<void> {
  const ports = await Promise.all(Array.from({ length: processes }, () => freePort()))
  const [first] = ports
  describeEachProvider(name, `http://localhost:${first}`, (provider) => {
    for (const store of stores) {
      describe(`${store} store`, () => {
        let scene: Scene | undefined
        beforeAll(async () => {
          scene = await startScene(provider(), store, ports, environment)
        })
        afterAll(async () => {
          await Promise.all((scene?.demos ?? []).map((demo) => demo.stop()))
          if (scene) rmSync(join(scene.file, ".."), { recursive: true, force: true })
        })
        suite(() => {
          if (!scene) throw new Error("The scene is there only while tests run.")
          return scene
        })
      })
    }
  })
}

async function startScene(
  provider: TestProvider,
  store: StoreKind,
  ports: readonly number[],
  environment: Readonly<Record<string, string>>,
): Promise<Scene> {
  const file = join(mkdtempSync(join(tmpdir(), "evergrant-demo-")), "store.db")
  const secret = randomBytes(32).toString("base64")
  const demos = await Promise.all(
    ports.map((port) =>
      startDemo({
        ...providerEnvironment(provider),
        PORT: String(port),
        AUTH_SECRET: secret,
        DEMO_EXPOSE_TOKENS: "1",
        EVERGRANT_STORE: store === "sqlite" ? `sqlite:${file}` : `${store}:`,
        ...environment,
      }),
    ),
  )
  const browser = (process = 0) => new Browser(demos[process]?.url ?? "")
  return {
    provider,
    demos,
    secret,
    file,
    browser,
    async signedIn(username = "alice") {
      const one = browser()
      await one.signIn(provider, username)
      return one
    },
  }
}

/** The access token that `/api/token` gives, or the answer that it gave instead. */
export async function tokenOf(browser: Browser): Promise<{ accessToken: string; expiresAt: number }> {
  const { status, body } = await browser.getJson("/api/token")
  if (status !== 200) throw new Error(`/api/token answered ${status} ${JSON.stringify(body)}`)
  return { accessToken: String(body.accessToken), expiresAt: Number(body.expiresAt) }
}

/** Tells whether the provider accepts an access token. */
export async function isUsable(provider: TestProvider, accessToken: string): Promise<boolean> {
  const response = await fetch(`${provider.issuer}/protocol/openid-connect/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  await response.arrayBuffer()
  return response.status === 200
}

/** Waits until the clock has passed an instant in epoch seconds; what is waited for is the clock itself. */
export async function clockPassed(instant: number): Promise<void> {
  while (Date.now() / 1000 <= instant + 0.05) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Asks until the answer is what is waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  done: (answer: T) => boolean,
): Promise<T> {
  let last: T | undefined
  for (let tries = 0; tries < 600; tries += 1) {
    last = await ask()
    if (done(last)) return last
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not happen within 30 seconds; last: ${JSON.stringify(last)}`)
}

/** A figure for whoever reads the run. */
export function figure(text: string): void {
  process.stdout.write(`figure: ${text}\n`)
}
