/**
 * Ten minutes: 1,000 sessions with tokens of five seconds, two processes, and every 20 seconds one of them is killed
 * at random and started again. Nobody is lost, except for those whose answer was on its way to the process that was
 * killed: under strict rotation nobody can have it again, and they are counted apart.
 */
import { randomInt, randomUUID } from "node:crypto"
import { type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { findLost } from "../processes/final-look.ts"
import type { ApplicationSettings } from "../processes/messages.ts"
import { type ApplicationProcess, killAll, startApplication } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"
import { type StrictProvider, startStrictProvider } from "../processes/strict-provider.ts"
import { addTally, describeTally, emptyTally, offencesOf, type Tally } from "../processes/tally.ts"

const { numbers, stores } = readOptions({
  minutes: 10,
  sessions: 1000,
  life: 5,
  "kill-every": 20,
  pause: 1,
  processes: 2,
})

/** Seconds between the provider's answer and its being stored, on a busy machine. */
const onItsWay = 2

interface Soaked {
  tally: Tally
  /** When processes were killed, in epoch seconds. */
  kills: number[]
  lost: { handle: string; why: string }[]
  memory: number
}

async function soak(
  settings: ApplicationSettings,
  running: ApplicationProcess[],
  handles: readonly string[],
): Promise<Soaked> {
  const tally = emptyTally()
  const kills: number[] = []
  const load = { handles, pause: numbers.pause }
  await Promise.all(running.map((one) => one.ask("load", load)))
  const until = performance.now() + numbers.minutes * 60_000
  while (performance.now() + numbers["kill-every"] * 1000 < until) {
    await sleep(numbers["kill-every"])
    const [victim] = running.splice(randomInt(running.length), 1)
    victim?.signal("SIGKILL")
    kills.push(Date.now() / 1000)
    await victim?.ended
    if (victim) addTally(tally, victim.tally)
    const next = await startApplication(settings)
    running.push(next)
    await next.ask("load", load)
  }
  await sleep((until - performance.now()) / 1000)
  for (const one of running) {
    await one.ask("unload", null)
    addTally(tally, one.tally)
  }
  const memory = Math.max(...(await Promise.all(running.map((one) => one.ask("memory", null)))))
  return { tally, kills, lost: await findLost(running[0] as ApplicationProcess, handles), memory }
}

/** Whether a session's newest answer was on its way when a process was killed. */
function wasOnItsWay(provider: StrictProvider, session: string, kills: readonly number[]): boolean {
  const issuedAt = provider.issuedAt(session)
  return kills.some((kill) => kill >= issuedAt - 0.1 && kill <= issuedAt + onItsWay)
}

async function run(kind: StoreKind): Promise<Row> {
  const place = await createStorePlace(kind)
  const provider = await startStrictProvider()
  provider.accessTokenLife = numbers.life
  const { issuer, clientId, clientSecret } = provider
  const settings = { store: place.url, namespace: randomUUID(), issuer, clientId, clientSecret, report: [] }
  const running: ApplicationProcess[] = []
  try {
    for (let count = 0; count < numbers.processes; count++) running.push(await startApplication(settings))
    const sessions = new Map<string, string>()
    for (let count = 0; count < numbers.sessions; count++) {
      const { account, session } = provider.begin()
      sessions.set((await running[0]?.signIn(account, session)) ?? "", session)
    }
    const { tally, kills, lost, memory } = await soak(settings, running, [...sessions.keys()])
    const apart = lost.filter(
      ({ handle, why }) =>
        why === "rotation_lost" && wasOnItsWay(provider, sessions.get(handle) ?? "", kills),
    )
    const handlesApart = new Set(apart.map(({ handle }) => handle))
    const others = lost.filter(({ handle }) => !handlesApart.has(handle))
    const signedOut = tally.signedOut.filter(({ handle }) => !handlesApart.has(handle))
    return {
      name: `${kind}, ${numbers.minutes} minutes, ${numbers.sessions} sessions, ${numbers.processes} processes`,
      figures:
        `${kills.length} kills, ${others.length} lost, ${apart.length} rotation_lost with their answer on its way, ` +
        `${provider.counts.succeeded} refreshes, ${provider.counts.refused} refused, ${describeTally(tally)}, ` +
        `largest RSS ${Math.round(memory / 1e6)} MB`,
      offences: [
        ...others.map(({ why }) => `a session is lost: ${why}`),
        ...offencesOf({ ...tally, signedOut }),
        ...(provider.counts.refused > apart.length ? [`${provider.counts.refused} refusals`] : []),
      ],
    }
  } finally {
    await killAll(running)
    await provider.close()
    await place.remove()
  }
}

async function* rows(): AsyncIterable<Row> {
  for (const kind of stores) yield await run(kind)
}

await reportRows(rows())
