/**
 * An application of its own process: one Evergrant on a shared store. Run with `fork`, its settings as the argument;
 * does what it is told. On SIGTERM it lets its requests finish, closes and exits, as applications do.
 */
import process from "node:process"
import { systemClock, systemSurroundings } from "../../src/clock.ts"
import { createEvergrant } from "../../src/evergrant.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { storeOfUrl } from "../databases/open-store-url.ts"
import { createFailurePoints } from "./failure-points.ts"
import { askForToken, type Load, runWave, startLoad } from "./load.ts"
import type { ApplicationSettings, CommandName, Commands, Message, Request } from "./messages.ts"

const settings = JSON.parse(process.argv[2] ?? "") as ApplicationSettings

function send(message: Message): Promise<void> {
  return new Promise((resolve) => {
    // The test may be gone by now; nobody is left to tell then.
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve())
  })
}

const points = createFailurePoints((point) => send({ reached: point }))
let clockAhead = 0
let store: GrantStore | undefined
let load: Load | undefined

const driver = storeOfUrl(settings.store)
const evergrant = createEvergrant({
  store: {
    ...driver,
    async open(context) {
      const opened = await driver.open(context)
      store = opened
      const watched = points.watchStore(opened)
      return settings.leasesForAll ? { ...watched, acquireLease: async () => true } : watched
    },
  },
  namespace: settings.namespace,
  secrets: ["0123456789abcdef0123456789abcdef"],
  providers: (id) => {
    const { issuer, clientId, clientSecret } = settings
    return id.startsWith("oidc") ? { id, issuer, clientId, clientSecret } : undefined
  },
  ...(settings.refresh ? { refresh: settings.refresh } : {}),
  events(event) {
    if (!settings.report || settings.report.includes(event.type)) void send({ event })
  },
  surroundings: {
    clock: { now: () => systemClock.now() + clockAhead },
    fetch: points.watchFetch(systemSurroundings.fetch),
  },
})

async function close(): Promise<void> {
  await load?.stop()
  await evergrant.close()
}

const actions: {
  [Name in CommandName]: (sent: Commands[Name]["sent"]) => Promise<Commands[Name]["answer"]>
} = {
  signIn: (signIn) => evergrant.startLogin({ token: {}, maxAge: 24 * 3600, ...signIn }),
  tokens: ({ handle, callers = 1, force = false }) =>
    Promise.all(Array.from({ length: callers }, () => askForToken(evergrant, handle, force))),
  async look({ handle }) {
    const reading = await evergrant.readSession(handle, { refresh: false })
    if (reading.status === "signed_out") return { signedOut: reading.reason }
    return { generation: reading.view.grants[0]?.generation ?? 0 }
  },
  async signOut({ handle }) {
    await evergrant.signOut(handle, "http://localhost:3999/")
    return null
  },
  async sweep() {
    await evergrant.ping()
    await store?.sweep()
    return null
  },
  async arm({ point, action }) {
    points.arm(point, action)
    return null
  },
  async proceed() {
    points.proceed()
    return null
  },
  async setClock({ ahead }) {
    clockAhead = ahead
    return null
  },
  async reset() {
    clockAhead = 0
    points.disarm()
    return null
  },
  async load(wish) {
    load = startLoad(evergrant, wish, (tally) => void send({ tally }))
    return null
  },
  async unload() {
    await load?.stop()
    load = undefined
    return null
  },
  wave: ({ handles }) => runWave(evergrant, handles),
  memory: async () => process.resourceUsage().maxRSS * 1024,
  async close() {
    await close()
    return null
  },
}

process.on("message", async ({ id, name, sent }: Request) => {
  try {
    await send({ id, answer: await (actions[name] as (sent: unknown) => Promise<unknown>)(sent) })
    if (name === "close") process.disconnect()
  } catch (error) {
    await send({ id, error: String(error) })
  }
})
process.once("SIGTERM", async () => {
  await close()
  process.exit(0)
})
await evergrant.ping()
await send({ ready: true })
