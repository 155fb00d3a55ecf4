/** Application processes on one store and one provider, with a look at both. */
import { randomUUID } from "node:crypto"
import { systemClock } from "../../src/clock.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import type { StoredGrant } from "../../src/store/records.ts"
import type { Rotation } from "../../src/testing/index.ts"
import { hashSecret } from "../../src/tokens/token-hash.ts"
import { storeOfUrl } from "../databases/open-store-url.ts"
import { createEmbeddedRealm, type EmbeddedTestProvider } from "../providers/embedded.ts"
import type { ApplicationSettings } from "./messages.ts"
import { applicationUrl, openSignInDesk, type SignInDesk } from "./sign-in.ts"
import { type ApplicationProcess, killAll, startApplication } from "./start-application.ts"

export interface Scene extends SignInDesk {
  readonly provider: EmbeddedTestProvider["provider"]
  /** The store as it is, beside all processes. */
  readonly store: GrantStore
  /** The same with a clock that is so many seconds fast. The caller closes it. */
  storeAhead(seconds: number): Promise<GrantStore>
  /** Gives a process that nobody uses: a new one, or one with the same settings that was taken back. */
  start(settings?: Partial<ApplicationSettings>): Promise<ApplicationProcess>
  startSeveral(count: number, settings?: Partial<ApplicationSettings>): Promise<ApplicationProcess[]>
  /** Signs that many users in and returns their handles. */
  signInSeveral(application: ApplicationProcess, count: number): Promise<string[]>
  /** The grant behind a handle. @throws When there is none. */
  grant(handle: string): Promise<StoredGrant>
  /** What the provider has counted for one session of its own. */
  refreshes(sid: string): { requests: number; succeeded: number; refused: number }
  /** Takes back all processes, for the next test to use. */
  recycle(): Promise<void>
  /** Ends all processes and the provider. The store stays. */
  close(): Promise<void>
}

/** @param options.storeUrl Of a store that may be shared: the scene has a namespace of its own there. */
export async function createScene(options: {
  storeUrl: string
  rotation?: Rotation
  settings?: Partial<ApplicationSettings>
}): Promise<Scene> {
  const realm = await createEmbeddedRealm({ appUrl: applicationUrl })
  const { provider } = realm
  provider.settings.set({ rotation: options.rotation ?? "strict", lifetimes: { accessToken: 300 } })
  const namespace = `processes-${randomUUID()}`
  const driver = storeOfUrl(options.storeUrl)
  const storeAhead = async (seconds: number) =>
    driver.open({ namespace, clock: { now: () => systemClock.now() + seconds } })
  const store = await storeAhead(0)
  const { issuer, clientId, clientSecret } = realm
  const common = { store: options.storeUrl, namespace, issuer, clientId, clientSecret, ...options.settings }
  const started = new Set<ApplicationProcess>()
  /** By their settings. */
  const idle = new Map<string, ApplicationProcess[]>()
  const lent = new Map<ApplicationProcess, string>()

  async function start(settings?: Partial<ApplicationSettings>): Promise<ApplicationProcess> {
    const key = JSON.stringify(settings ?? {})
    const application = idle.get(key)?.pop() ?? (await startApplication({ ...common, ...settings }))
    started.add(application)
    lent.set(application, key)
    return application
  }

  const desk = await openSignInDesk(realm)
  return {
    ...desk,
    provider,
    store,
    storeAhead,
    start,
    startSeveral: (count, settings) => Promise.all(Array.from({ length: count }, () => start(settings))),

    async signInSeveral(application, count) {
      const handles: string[] = []
      for (let index = 0; index < count; index++) {
        handles.push(await application.signIn((await desk.signIn()).account, `user-${index}`))
      }
      return handles
    },

    async grant(handle) {
      const login = await store.readLogin(await hashSecret(handle))
      const grant = login?.status === "live" ? login.grants[0] : undefined
      if (!grant) throw new Error("the store holds no grant behind this handle")
      return grant
    },

    refreshes(sid) {
      const { refreshRequests, refreshSucceeded, refreshRefused } = provider.counters.get({ clientId, sid })
      return { requests: refreshRequests, succeeded: refreshSucceeded, refused: refreshRefused }
    },

    async recycle() {
      for (const [application, key] of lent) {
        application.signal("SIGCONT")
        const alive = await application.ask("reset", null).then(
          () => true,
          () => false,
        )
        application.events.length = 0
        if (alive) idle.set(key, [...(idle.get(key) ?? []), application])
      }
      lent.clear()
    },

    async close() {
      await killAll([...started])
      await store.close()
      await provider.close()
    },
  }
}
