/**
 * Two processes under load are restarted in turn, as a rolling deployment does: SIGTERM, `close()`, the next one
 * starts. Tokens live five seconds and rotation is strict: no refresh that is under way may be lost.
 */
import { type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { findLost } from "../processes/final-look.ts"
import { createScene } from "../processes/scene.ts"
import type { ApplicationProcess } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"
import { addTally, describeTally, emptyTally, offencesOf } from "../processes/tally.ts"

const { numbers, stores } = readOptions({ restarts: 20, sessions: 100, life: 5, between: 1 })

async function run(kind: StoreKind): Promise<Row> {
  const place = await createStorePlace(kind)
  const scene = await createScene({ storeUrl: place.url, settings: { report: [] } })
  const { provider } = scene
  provider.settings.set({ lifetimes: { accessToken: numbers.life } })
  const tally = emptyTally()
  const offences: string[] = []
  const started: number[] = []
  try {
    const running = await scene.startSeveral(2, {})
    const handles = await scene.signInSeveral(running[0] as ApplicationProcess, numbers.sessions)
    const load = { handles, pause: 0.5 }
    await Promise.all(running.map((one) => one.ask("load", load)))
    for (let count = 0; count < numbers.restarts; count++) {
      await sleep(numbers.between)
      const old = running.shift() as ApplicationProcess
      old.signal("SIGTERM")
      const begun = performance.now()
      const end = await old.ended
      started.push(performance.now() - begun)
      if (end !== 0) offences.push(`a process ended with ${end}`)
      addTally(tally, old.tally)
      const next = await scene.start({})
      running.push(next)
      await next.ask("load", load)
    }
    for (const one of running) {
      await one.ask("unload", null)
      addTally(tally, one.tally)
    }
    const lost = await findLost(running[0] as ApplicationProcess, handles)
    offences.push(...lost.map(({ why }) => `a session is lost: ${why}`), ...offencesOf(tally))
    const { refreshSucceeded, refreshRefused } = provider.counters.get()
    if (refreshRefused > 0) offences.push(`the provider refused ${refreshRefused} refreshes`)
    return {
      name: `${kind}, ${numbers.restarts} restarts, ${numbers.sessions} sessions`,
      figures:
        `${lost.length} lost, ${refreshSucceeded} refreshes, ${refreshRefused} refused, ${describeTally(tally)}, ` +
        `slowest farewell ${Math.round(Math.max(...started))} ms`,
      offences,
    }
  } finally {
    await scene.close()
    await place.remove()
  }
}

async function* rows(): AsyncIterable<Row> {
  for (const kind of stores) yield await run(kind)
}

await reportRows(rows())
