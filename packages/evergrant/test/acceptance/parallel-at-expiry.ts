/**
 * 100 parallel callers at the expiry of one token, spread over 1, 2 and 8 processes, under strict rotation: the
 * provider sees one refresh, every caller gets its token, and nobody is signed out. With `--keycloak` against a realm
 * of the real server with tokens of five seconds, by two processes.
 */
import { randomUUID } from "node:crypto"
import { startKeycloakServer } from "../../../../tools/keycloak/start-keycloak-server.ts"
import { describeTimes, type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { tokensOf } from "../processes/messages.ts"
import { applicationUrl, openSignInDesk } from "../processes/sign-in.ts"
import { type ApplicationProcess, killAll, startApplications } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"
import { createEmbeddedRealm } from "../providers/embedded.ts"
import { createKeycloakRealm } from "../providers/keycloak.ts"
import type { TestProvider } from "../providers/test-provider.ts"

const { numbers, stores, keycloak } = readOptions({ repetitions: 0, callers: 100, processes: 0 })
const repetitions = numbers.repetitions || (keycloak ? 20 : 100)
/** Seconds. */
const keycloakLife = 5

interface Sums {
  served: number
  refreshes: number
  refused: number
  lost: number
  times: number[]
  offences: string[]
}

async function repeat(
  provider: TestProvider,
  processes: readonly ApplicationProcess[],
  handle: string,
  sums: Sums,
): Promise<string[]> {
  const share = (index: number) => Math.floor((numbers.callers + index) / processes.length)
  await provider.resetCounters()
  const begun = performance.now()
  const outcomes = await Promise.all(
    processes.map((one, index) => one.tokens({ handle, callers: share(index) })),
  )
  sums.times.push(performance.now() - begun)
  const tokens = tokensOf(outcomes.flat())
  const { succeeded, refused } = await provider.refreshes()
  sums.served += tokens.length
  sums.refreshes += succeeded
  sums.refused += refused
  if (succeeded !== 1 || refused > 0) sums.offences.push(`${succeeded} refreshes and ${refused} refusals`)
  const others = outcomes.flat().filter((outcome) => !("token" in outcome))
  if (others.length > 0) sums.offences.push(`${others.length} callers got ${JSON.stringify(others[0])}`)
  return [...new Set(tokens)]
}

async function run(kind: StoreKind, count: number, provider: TestProvider): Promise<Row> {
  const place = await createStorePlace(kind)
  const { issuer, clientId, clientSecret } = provider
  const common = { store: place.url, namespace: randomUUID(), issuer, clientId, clientSecret }
  const processes = await startApplications(count, { ...common, report: [] })
  const sums: Sums = { served: 0, refreshes: 0, refused: 0, lost: 0, times: [], offences: [] }
  try {
    const desk = await openSignInDesk(provider)
    const handles: string[] = []
    for (let index = 0; index < repetitions; index++) {
      const { account } = await desk.signIn({ expired: !keycloak })
      handles.push((await processes[0]?.signIn(account, `user-${index}`)) ?? "")
    }
    if (keycloak) await sleep(keycloakLife + 0.5)
    for (const handle of handles) {
      const tokens = await repeat(provider, processes, handle, sums)
      if (tokens.length !== 1) sums.offences.push(`${tokens.length} different tokens`)
      for (const token of tokens) if (!(await desk.accepts(token))) sums.offences.push("a token is refused")
      const looks = await Promise.all(processes.map((one) => one.ask("look", { handle })))
      if (looks.some((look) => "signedOut" in look)) sums.lost += 1
    }
    if (sums.lost > 0) sums.offences.push(`${sums.lost} sessions were lost`)
  } finally {
    await killAll(processes)
    await place.remove()
  }
  return {
    name: `${provider.kind} provider, ${kind}, ${count} process(es)`,
    figures:
      `${repetitions} times ${numbers.callers} callers: ${sums.served} served, ${sums.refreshes} refreshes, ` +
      `${sums.refused} refused, ${sums.lost} sessions lost, ${describeTimes(sums.times)}`,
    offences: sums.offences,
  }
}

async function* onEmbedded(): AsyncIterable<Row> {
  for (const kind of stores) {
    for (const count of numbers.processes > 0 ? [numbers.processes] : [1, 2, 8]) {
      const provider = await createEmbeddedRealm({ appUrl: applicationUrl })
      await provider.setRotation("strict")
      yield await run(kind, count, provider)
      await provider.close()
    }
  }
}

async function* onKeycloak(): AsyncIterable<Row> {
  const server = await startKeycloakServer({ report: (line) => console.error(line) })
  try {
    for (const kind of stores) {
      const provider = await createKeycloakRealm({ url: server.url, redirectUris: [`${applicationUrl}/*`] })
      await provider.setRotation("strict")
      await provider.setLifetimes({ accessToken: keycloakLife })
      yield await run(kind, numbers.processes || 2, provider)
      await provider.close()
    }
  } finally {
    await server.stop()
  }
}

await reportRows(keycloak ? onKeycloak() : onEmbedded())
