/**
 * The process that refreshes is killed at each of five moments, and another one goes on. What was not sent, or was
 * stored, costs a delay (A8). What the provider rotated is recovered while it lets a spent token be used again (A9),
 * and lost under strict rotation: the session ends once, as `rotation_lost` (A10). Nobody else is ever signed out.
 */
import { describeTimes, type Row, readOptions, reportRows, sleep } from "../processes/acceptance.ts"
import { type FailurePoint, failurePoints } from "../processes/failure-points.ts"
import { askUntilKnown } from "../processes/final-look.ts"
import { createScene, type Scene } from "../processes/scene.ts"
import type { ApplicationProcess } from "../processes/start-application.ts"
import { createStorePlace, type StoreKind } from "../processes/store-place.ts"

const { numbers, stores } = readOptions({ repetitions: 20, "at-once": 10, lease: 10 })

/** Seconds. */
const reuseWindow = 120
const rotations = ["strict", { kind: "reuse-window", seconds: reuseWindow }] as const
type Rotation = (typeof rotations)[number]

interface Sums {
  served: number
  lost: number
  recovered: number
  refreshes: number
  refused: number
  waits: number[]
  offences: string[]
}

/** Whether the provider has carried the refresh out. It may still be about to, when its client is dead already. */
async function hasRotated({ refreshes }: Scene, sid: string, point: FailurePoint): Promise<boolean> {
  for (let tries = 0; point !== "before send" && tries < 100; tries++) {
    if (refreshes(sid).succeeded > 0) return true
    await sleep(0.05)
  }
  return false
}

async function killOne(
  scene: Scene,
  survivor: ApplicationProcess,
  rotation: Rotation,
  point: FailurePoint,
  sums: Sums,
): Promise<void> {
  const { account, sid } = await scene.signIn({ expired: true })
  const handle = await survivor.signIn(account, sid)
  const holder = await scene.start({ report: [] })
  await holder.refreshUpTo(point, "kill", { handle })
  if ((await holder.ended) !== "SIGKILL") sums.offences.push("the holder ended in another way")
  const rotated = await hasRotated(scene, sid, point)

  const begun = performance.now()
  const outcome = await askUntilKnown(survivor, handle)
  sums.waits.push(performance.now() - begun)
  const again = await askUntilKnown(survivor, handle)

  const { succeeded, refused } = scene.refreshes(sid)
  sums.refreshes += succeeded
  sums.refused += refused
  const isLost = rotated && point !== "after persist" && rotation === "strict"
  if ("token" in outcome) sums.served += 1
  if ("signedOut" in outcome && outcome.signedOut === "rotation_lost" && isLost) sums.lost += 1
  else if (!("token" in outcome) || isLost) sums.offences.push(`it came to ${JSON.stringify(outcome)}`)
  if (JSON.stringify(again) !== JSON.stringify(outcome)) sums.offences.push("the second answer is another")
  const isRecovered = rotated && point !== "after persist" && rotation !== "strict"
  const expected = isLost ? "1 and 1" : isRecovered ? "2 and 0" : "1 and 0"
  if (`${succeeded} and ${refused}` !== expected) {
    sums.offences.push(`${succeeded} refreshes and ${refused} refusals instead of ${expected}`)
  }
}

async function run(scene: Scene, kind: StoreKind, rotation: Rotation, point: FailurePoint): Promise<Row> {
  const sums: Sums = { served: 0, lost: 0, recovered: 0, refreshes: 0, refused: 0, waits: [], offences: [] }
  const survivor = await scene.start({ report: ["session.ended", "tokens.recovered"] })
  for (let left = numbers.repetitions; left > 0; left -= numbers["at-once"]) {
    const group = Array.from({ length: Math.min(left, numbers["at-once"]) })
    await Promise.all(group.map(() => killOne(scene, survivor, rotation, point, sums)))
  }
  const told = (type: string) => survivor.events.filter((event) => event.type === type).length
  sums.recovered = told("tokens.recovered")
  if (told("session.ended") !== sums.lost) sums.offences.push(`${told("session.ended")} ends were told`)
  await survivor.close()
  return {
    name: `${kind}, ${rotation === "strict" ? "strict rotation" : "reuse window"}, killed ${point}`,
    figures:
      `${sums.waits.length} times: ${sums.served} served, ${sums.lost} times rotation_lost, ` +
      `${sums.recovered} recovered, ${sums.refreshes} refreshes, ${sums.refused} refused, waited ${describeTimes(sums.waits)}`,
    offences: sums.offences,
  }
}

async function* rows(): AsyncIterable<Row> {
  for (const kind of stores) {
    const place = await createStorePlace(kind)
    for (const rotation of rotations) {
      const settings = { refresh: { lease: numbers.lease } }
      const scene = await createScene({ storeUrl: place.url, rotation, settings })
      for (const point of failurePoints) yield await run(scene, kind, rotation, point)
      await scene.close()
    }
    await place.remove()
  }
}

await reportRows(rows())
