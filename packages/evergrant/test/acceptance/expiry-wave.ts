/**
 * 10,000 sessions of one process expire within one second and are all asked for. The provider never has more
 * refreshes at once than the cap, nobody is signed out, and each session is served in the end.
 */
import { randomUUID } from "node:crypto"
import { type Row, readOptions, reportRows } from "../processes/acceptance.ts"
import { startApplication } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"
import { startStrictProvider } from "../processes/strict-provider.ts"
import { describeTally, offencesOf } from "../processes/tally.ts"

const { numbers, stores } = readOptions({ sessions: 10_000, cap: 20, latency: 0.02 })

/** Sign-ins under way at once. */
const batch = 50

async function run(kind: StoreKind): Promise<Row> {
  const place = await createStorePlace(kind)
  const provider = await startStrictProvider()
  const { issuer, clientId, clientSecret } = provider
  const settings = { store: place.url, namespace: randomUUID(), issuer, clientId, clientSecret, report: [] }
  const application = await startApplication(settings)
  try {
    const handles: string[] = []
    while (handles.length < numbers.sessions) {
      const expires_at = Math.floor(Date.now() / 1000) - 1
      const started = Array.from(
        { length: Math.min(batch, numbers.sessions - handles.length) },
        (_, index) => {
          const { account, session } = provider.begin()
          return application.signIn({ ...account, expires_at }, `${session} ${index}`)
        },
      )
      handles.push(...(await Promise.all(started)))
    }
    const before = await application.ask("memory", null)
    provider.latency = numbers.latency
    const begun = performance.now()
    const tally = await application.ask("wave", { handles })
    const seconds = (performance.now() - begun) / 1000
    const after = await application.ask("memory", null)
    const { succeeded, refused } = provider.counts
    const offences = offencesOf(tally)
    if (provider.mostAtOnce > numbers.cap) offences.push(`the provider had ${provider.mostAtOnce} at once`)
    if (succeeded !== numbers.sessions) offences.push(`the provider counted ${succeeded} refreshes`)
    if (refused > 0) offences.push(`the provider refused ${refused}`)
    if (tally.served !== numbers.sessions) offences.push(`${tally.served} sessions were served`)
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
    return {
      name: `${kind}, ${numbers.sessions} sessions`,
      figures:
        `all served after ${seconds.toFixed(1)} s, most at once ${provider.mostAtOnce}, ${succeeded} refreshes, ` +
        `${refused} refused, ${describeTally(tally)}, largest RSS ${megabytes(before)} before and ${megabytes(after)} after`,
      offences,
    }
  } finally {
    application.signal("SIGKILL")
    await application.ended
    await provider.close()
    await place.remove()
  }
}

async function* rows(): AsyncIterable<Row> {
  for (const kind of stores) yield await run(kind)
}

await reportRows(rows())
