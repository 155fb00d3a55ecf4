/**
 * The demo as real processes, on each provider, each store and each session strategy: what the rows of the contract
 * are shown on.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import {
  createProvider,
  describeEachProvider,
} from "../../../../packages/evergrant/test/providers/each-provider.ts"
import type { TestProvider } from "../../../../packages/evergrant/test/providers/test-provider.ts"
import { freePort } from "../../../../tools/keycloak/free-port.ts"
import { Browser } from "../browser.ts"
import { providerEnvironment, type RunningDemo, startDemo } from "../start-demo.ts"
import { createStorePlace, isMissing, type StoreKind, type StorePlace, usersBeside } from "./store-place.ts"

export type Strategy = "jwt" | "database"

/** One set-up: a provider, and one or more processes of the demo that share secret, store and users. */
export interface Scene {
  readonly provider: TestProvider
  readonly second: TestProvider | undefined
  readonly strategy: Strategy
  readonly demos: readonly RunningDemo[]
  readonly secret: string
  readonly place: StorePlace
  /** The file of the SQLite store. */
  readonly file: string
  /** The file of users, accounts and sessions; it exists beside stores that several processes share. */
  readonly usersFile: string
  /** A browser of one process; the cookies of `localhost` are the same for all. */
  browser(process?: number): Browser
  /** A new browser in which the user has signed in. */
  signedIn(username?: string): Promise<Browser>
}

export interface SceneOptions {
  stores?: readonly StoreKind[]
  /** Sessions in the database need a store that outlives the process here: more pairs would show nothing new. */
  strategies?: readonly Strategy[]
  processes?: number
  /** Starts another realm of the same kind, which the demo knows as `oidc2`. */
  secondProvider?: boolean
}

/** Declares `suite` for each provider, store and strategy. */
export async function describeDemo(
  name: string,
  options: SceneOptions,
  suite: (scene: () => Scene, strategy: Strategy) => void,
): Promise<void> {
  const { stores = ["memory", "sqlite"], strategies = ["jwt", "database"], processes = 1 } = options
  const ports = await Promise.all(Array.from({ length: processes }, () => freePort()))
  const [first] = ports
  const appUrl = `http://localhost:${first}`
  describeEachProvider(name, appUrl, (provider) => {
    for (const store of stores) {
      const ofStore = strategies.filter((one) => one === "jwt" || (store !== "memory" && store !== "cookie"))
      for (const strategy of ofStore) {
        describe.skipIf(isMissing(store))(`${store} store, ${strategy} strategy`, () => {
          let scene: Scene | undefined
          beforeAll(async () => {
            const second = options.secondProvider
              ? await createProvider(provider().kind, { appUrl, realm: "second" })
              : undefined
            scene = await startScene({ provider: provider(), second, store, strategy, ports })
          })
          afterAll(() => scene && stopScene(scene))
          suite(() => {
            if (!scene) throw new Error("The scene is there only while tests run.")
            return scene
          }, strategy)
        })
      }
    }
  })
}

/** What differs between scenes. */
export interface Setup extends Pick<Scene, "provider" | "second" | "strategy"> {
  store: StoreKind
  /** One for each process. */
  ports: readonly number[]
  /** Variables beside those of the scene. */
  environment?: Readonly<Record<string, string>>
}

export async function startScene(setup: Setup): Promise<Scene> {
  const { provider, second, store, strategy, ports, environment = {} } = setup
  const folder = mkdtempSync(join(tmpdir(), "evergrant-demo-"))
  const file = join(folder, "store.db")
  const usersFile = usersBeside(store, folder)
  const place = createStorePlace(store, file)
  const secret = randomBytes(32).toString("base64")
  const starts = await Promise.allSettled(
    ports.map((port) =>
      startDemo({
        ...providerEnvironment(provider),
        ...(second ? providerEnvironment(second, "OIDC2") : {}),
        PORT: String(port),
        AUTH_SECRET: secret,
        DEMO_EXPOSE_TOKENS: "1",
        EVERGRANT_STORE: place.setting,
        DATABASE_URL: usersFile,
        SESSION_STRATEGY: strategy,
        ...environment,
      }),
    ),
  )
  const demos = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []))
  const failed = starts.find((start) => start.status === "rejected")
  if (failed) {
    // The others would go on serving, on ports that the next scene wants.
    await Promise.all(demos.map((demo) => demo.stop()))
    throw failed.reason
  }
  const browser = (process = 0) => new Browser(demos[process]?.url ?? "")
  return {
    provider,
    second,
    strategy,
    demos,
    secret,
    place,
    file,
    usersFile,
    browser,
    async signedIn(username = "alice") {
      const one = browser()
      await one.signIn(provider, username)
      return one
    },
  }
}

export async function stopScene({ demos, second, place, file }: Scene): Promise<void> {
  await Promise.all(demos.map((demo) => demo.stop()))
  await second?.close()
  await place.remove()
  rmSync(join(file, ".."), { recursive: true, force: true })
}

/** The access token that `/api/token` gives, or the answer that it gave instead. */
export async function tokenOf(
  browser: Browser,
  path = "/api/token",
): Promise<{ accessToken: string; expiresAt: number }> {
  const { status, body } = await browser.getJson(path)
  if (status !== 200) throw new Error(`${path} answered ${status} ${JSON.stringify(body)}`)
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
