/** One application on a clock that stands still, at a scripted provider, on a real store that can be made to fail. */
import { onTestFinished } from "vitest"
import type { Surroundings } from "../../../src/clock.ts"
import { StoreError } from "../../../src/errors.ts"
import type { EvergrantEvent } from "../../../src/events.ts"
import { createEvergrant, type Evergrant, type EvergrantOptions } from "../../../src/evergrant.ts"
import { forgetProcessWide } from "../../../src/process-wide.ts"
import type { SignIn } from "../../../src/session/sign-in.ts"
import type { GrantStore, StoreDriver } from "../../../src/store/grant-store.ts"
import type { StoredGrant, StoredLogin } from "../../../src/store/records.ts"
import { memoryStore } from "../../../src/stores/memory.ts"
import { hashSecret } from "../../../src/tokens/token-hash.ts"
import { isCryptoRunning } from "./running-crypto.ts"
import { createScriptedProvider, type ScriptedProvider } from "./scripted-provider.ts"
import { type WatchedClock, watchedClock } from "./watched-clock.ts"

export const secret = "correct-horse-battery-staple-0123456789"
export const landing = "https://app.example/signed-out"

export interface SceneOptions extends Partial<EvergrantOptions> {
  /** The store behind the failures. Default: a memory store of its own. */
  driver?: StoreDriver
}

export interface Scene {
  clock: WatchedClock
  namespace: string
  /** As the application knows its store. */
  storeName: string
  provider: ScriptedProvider
  events: EvergrantEvent[]
  evergrant: Evergrant
  /** The same application with other options: a second process, a new deployment, other secrets. */
  again(options: Partial<EvergrantOptions>): Evergrant
  /** Signs in and returns the handle. */
  signIn(changes?: Partial<Omit<SignIn, "account">> & { account?: Record<string, unknown> }): Promise<string>
  /** The store without its failures. */
  store(): Promise<GrantStore>
  /** Replaces methods of the store as the application sees it. */
  replaced: Partial<GrantStore>
  /** Makes a method of the store fail, the given number of times or until it is put back. */
  fail(method: keyof GrantStore, times?: number): void
  /** What is stored of the login behind a handle. */
  stored(handle: string): Promise<StoredLogin>
  grant(handle: string): Promise<StoredGrant>
  /** Events of one kind. */
  told<Type extends EvergrantEvent["type"]>(type: Type): Extract<EvergrantEvent, { type: Type }>[]
  /** The refresh tokens that were presented at the token endpoint, in order. */
  spent(): string[]
}

export async function createScene({ driver, ...options }: SceneOptions = {}): Promise<Scene> {
  const namespace = `scene-${crypto.randomUUID()}`
  const clock = watchedClock()
  const provider = await createScriptedProvider(clock)
  const events: EvergrantEvent[] = []
  const behind = driver ?? memoryStore({ name: crypto.randomUUID() })
  const calls = { running: 0 }
  clock.standStillWhile(() => calls.running > 0 || isCryptoRunning())
  const real = Promise.resolve(behind.open({ namespace, clock })).then((store) => counted(store, calls))
  onTestFinished(async () => (await real).close())
  const replaced: Partial<GrantStore> = {}
  const store: StoreDriver = {
    kind: "failing",
    location: crypto.randomUUID(),
    open: async () => replaceable(await real, replaced),
  }
  const surroundings: Surroundings = {
    clock,
    scheduler: clock.scheduler,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: provider.fetch,
  }
  const compose = (changes: Partial<EvergrantOptions>) =>
    createEvergrant({
      store,
      namespace,
      secrets: [secret],
      providers: (id) =>
        id === "oidc"
          ? { id, issuer: provider.issuer, clientId: provider.clientId, clientSecret: "client-secret" }
          : undefined,
      claims: { plan: "id_token" },
      events: (event) => events.push(event),
      surroundings,
      ...options,
      ...changes,
    })
  const evergrant = compose({})

  const scene: Scene = {
    clock,
    namespace,
    storeName: `${store.kind} ${store.location}`,
    provider,
    events,
    evergrant,
    again: compose,
    store: () => real,
    replaced,

    async signIn(changes = {}) {
      const { account = {}, ...rest } = changes
      const tokens = await provider.tokens({ refresh_token: "refresh-1", ...account })
      const { handle } = await evergrant.startLogin({
        user: { id: "user-1", name: "Alice", email: "alice@example.com" },
        account: {
          provider: "oidc",
          providerAccountId: "alice",
          ...tokens,
          access_token: String(tokens.access_token),
        },
        token: { name: "Alice" },
        maxAge: 30 * 24 * 3600,
        ...rest,
      })
      return handle
    },

    fail(method, times = Number.POSITIVE_INFINITY) {
      let left = times
      const fault = async (): Promise<never> => {
        left -= 1
        if (left <= 0) delete replaced[method]
        throw new StoreError("store_unavailable", "The store is down.")
      }
      Object.assign(replaced, { [method]: fault })
    },

    async stored(handle) {
      const login = await (await real).readLogin(await hashSecret(handle))
      if (login?.status !== "live") throw new Error("There is no live login behind this handle.")
      return login
    },

    async grant(handle) {
      const [grant] = (await scene.stored(handle)).grants
      if (!grant) throw new Error("The login holds no grant.")
      return grant
    },

    told: <Type extends EvergrantEvent["type"]>(type: Type) =>
      events.filter((event): event is Extract<EvergrantEvent, { type: Type }> => event.type === type),

    spent: () => provider.requests("token").map(({ form }) => form.get("refresh_token") ?? ""),
  }
  return scene
}

/** Counts the calls that have not answered yet. */
function counted(store: GrantStore, calls: { running: number }): GrantStore {
  return new Proxy(store, {
    get(target, name: string & keyof GrantStore) {
      const method: unknown = target[name]
      if (typeof method !== "function") return method
      return (...values: unknown[]): unknown => {
        const answer: unknown = method.apply(target, values)
        if (!(answer instanceof Promise)) return answer
        calls.running += 1
        const end = () => {
          calls.running -= 1
        }
        answer.then(end, end)
        return answer
      }
    },
  })
}

/** Reads each method anew, so that a test can replace one while the store is in use. */
function replaceable(store: GrantStore, replaced: Partial<GrantStore>): GrantStore {
  return new Proxy(store, {
    get: (target, name: string & keyof GrantStore) => replaced[name] ?? target[name],
  })
}

/** Forgets what a process knows by itself, so that the next caller is in another process. */
export function enterAnotherProcess(): void {
  forgetProcessWide("flights")
  forgetProcessWide("turns")
  forgetProcessWide("pauses")
  forgetProcessWide("process")
  forgetProcessWide("unsaved")
  forgetProcessWide("breakers")
  forgetProcessWide("provider queues")
}

/** Something that a test waits to happen elsewhere, or holds back until it says so. */
export interface Gate<T = void> {
  passed: Promise<T>
  open(value: T): void
}

export function createGate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {}
  const passed = new Promise<T>((resolve) => {
    open = resolve
  })
  return { passed, open: (value) => open(value) }
}
