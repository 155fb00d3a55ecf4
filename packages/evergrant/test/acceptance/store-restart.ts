/**
 * The store's server is stopped and started again under the load of several processes with short-lived tokens: told to
 * stop, and killed. No session is lost; meanwhile callers get the token that is still good, or `store_unavailable`.
 */
import { type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { findLost } from "../processes/final-look.ts"
import { createScene } from "../processes/scene.ts"
import type { ApplicationProcess } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"
import { addTally, describeTally, emptyTally, offencesOf } from "../processes/tally.ts"

const { numbers, stores } = readOptions(
  { repetitions: 5, processes: 3, sessions: 100, life: 5, down: 2, up: 6 },
  ["redis", "postgres"],
)

async function run(kind: StoreKind, manner: string): Promise<Row> {
  const place = await createStorePlace(kind)
  const scene = await createScene({ storeUrl: place.url, settings: { report: ["tokens.lost"] } })
  const { provider } = scene
  provider.settings.set({ lifetimes: { accessToken: numbers.life } })
  const tally = emptyTally()
  const offences: string[] = []
  try {
    const processes = await scene.startSeveral(numbers.processes)
    const handles = await scene.signInSeveral(processes[0] as ApplicationProcess, numbers.sessions)
    await Promise.all(processes.map((one) => one.ask("load", { handles, pause: 0.2 })))
    for (let count = 0; count < numbers.repetitions; count++) {
      await sleep(numbers.up)
      await place.stops[manner]?.()
      await sleep(numbers.down)
      await place.start()
    }
    await sleep(numbers.up)
    await Promise.all(processes.map((one) => one.ask("unload", null)))
    for (const one of processes) addTally(tally, one.tally)
    const lost = await findLost(processes[0] as ApplicationProcess, handles)
    const { refreshSucceeded, refreshRefused } = provider.counters.get()
    offences.push(...lost.map(({ why }) => `a session is lost: ${why}`), ...offencesOf(tally))
    if (refreshRefused > 0) offences.push(`the provider refused ${refreshRefused} refreshes`)
    if (tally.storeUnavailable === 0) offences.push("nobody noticed that the store was down")
    for (const one of processes) for (const { type } of one.events) offences.push(`told: ${type}`)
    return {
      name: `${kind}, ${manner}, ${numbers.repetitions} times, ${numbers.processes} processes, ${numbers.sessions} sessions`,
      figures: `${lost.length} lost, ${refreshSucceeded} refreshes, ${refreshRefused} refused, ${describeTally(tally)}`,
      offences,
    }
  } finally {
    await scene.close()
    await place.remove()
  }
}

async function* rows(): AsyncIterable<Row> {
  const manners = { sqlite: [], redis: ["SIGTERM", "SIGKILL"], postgres: ["fast", "immediate"] }
  for (const kind of stores) for (const manner of manners[kind]) yield await run(kind, manner)
}

await reportRows(rows())
