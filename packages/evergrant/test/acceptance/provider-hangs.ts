/**
 * A provider that takes 30 seconds to answer. Who holds a valid token is not delayed, also not when it is due; who
 * holds none is told within five seconds; and the rotation that arrives late is kept.
 */
import { type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { askUntilKnown } from "../processes/final-look.ts"
import type { Outcome } from "../processes/messages.ts"
import { createScene, type Scene } from "../processes/scene.ts"
import type { ApplicationProcess } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"

const { numbers, stores } = readOptions({ seconds: 30, callers: 20 })

/** Milliseconds: what a caller with a valid token may take, and one who has to be told. */
const undelayed = 500
const promised = 5000

interface Timed {
  outcomes: Outcome[]
  took: number
}

async function timed(application: ApplicationProcess, handle: string): Promise<Timed> {
  const begun = performance.now()
  const outcomes = await application.tokens({ handle, callers: numbers.callers })
  return { outcomes, took: performance.now() - begun }
}

/** Waits until a token is refreshed ahead: inside its margin, a fifth of its life, of which the first third is spread. */
async function untilDue({ grant }: Scene, handle: string): Promise<void> {
  const { expiresAt, receivedAt } = await grant(handle)
  const due = expiresAt - ((expiresAt - receivedAt) / 5) * (2 / 3) + 0.1
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, due * 1000 - Date.now())))
}

async function judge(
  scene: Scene,
  application: ApplicationProcess,
): Promise<{ figures: string; offences: string[] }> {
  const offences: string[] = []
  const { provider, signIn, refreshes, grant } = scene
  const [valid, due, expired] = [await signIn(), await signIn(), await signIn()]
  const begin = async (one: typeof valid, more: object) =>
    application.signIn({ ...one.account, ...more }, one.sid)
  const validHandle = await begin(valid, {})
  // Twenty seconds of life: due four seconds before the end.
  const dueHandle = await begin(due, { expires_in: 20 })
  const expiredHandle = await begin(expired, { expires_at: Math.floor(Date.now() / 1000) - 1 })
  await untilDue(scene, dueHandle)

  provider.latency = numbers.seconds
  const begun = performance.now()
  const pending = timed(application, expiredHandle)
  const [validAnswer, dueAnswer] = [
    await timed(application, validHandle),
    await timed(application, dueHandle),
  ]
  const expiredAnswer = await pending
  const late = await askUntilKnown(application, expiredHandle)
  const kept = (performance.now() - begun) / 1000
  // The refresh ahead was sent later than the other one, and nobody waits for it.
  while ((await grant(dueHandle)).generation === 1 && performance.now() - begun < 2000 * numbers.seconds) {
    await sleep(0.1)
  }
  provider.latency = 0

  for (const [name, { outcomes, took }] of Object.entries({ valid: validAnswer, due: dueAnswer })) {
    if (took > undelayed) offences.push(`the callers with a ${name} token took ${Math.round(took)} ms`)
    if (!outcomes.every((outcome) => "token" in outcome))
      offences.push(`a caller with a ${name} token got none`)
  }
  const told = expiredAnswer.outcomes.filter(
    (outcome) => "unavailable" in outcome && outcome.unavailable === "provider_unavailable",
  )
  if (told.length !== numbers.callers) offences.push(`${told.length} callers were told provider_unavailable`)
  if (expiredAnswer.took > promised)
    offences.push(`they were told after ${Math.round(expiredAnswer.took)} ms`)
  if (!("token" in late)) offences.push(`afterwards it came to ${JSON.stringify(late)}`)
  for (const [name, { sid }, handle] of [
    ["due", due, dueHandle],
    ["expired", expired, expiredHandle],
  ] as const) {
    const { requests, refused } = refreshes(sid)
    const { generation } = await grant(handle)
    if (requests !== 1 || refused > 0) offences.push(`${name}: ${requests} requests and ${refused} refusals`)
    if (generation !== 2) offences.push(`${name}: the late rotation was not kept (generation ${generation})`)
  }
  return {
    figures:
      `valid served after ${Math.round(validAnswer.took)} ms, due after ${Math.round(dueAnswer.took)} ms, ` +
      `expired told after ${Math.round(expiredAnswer.took)} ms, rotation kept after ${kept.toFixed(1)} s`,
    offences,
  }
}

async function run(kind: StoreKind): Promise<Row> {
  const place = await createStorePlace(kind)
  const scene = await createScene({ storeUrl: place.url })
  try {
    const application = await scene.start({ report: [] })
    return { name: `${kind}, ${numbers.seconds} s`, ...(await judge(scene, application)) }
  } finally {
    await scene.close()
    await place.remove()
  }
}

async function* rows(): AsyncIterable<Row> {
  for (const kind of stores) yield await run(kind)
}

await reportRows(rows())
