/**
 * How many refreshes run at a provider at the same time, from this process. The others wait in the order in which they
 * came, before they take a lease: waiting costs neither the provider nor the store anything.
 *
 * Who is no longer waited for keeps its place: what it brings is stored, and serves its user's next request. The queue
 * holds at most one flight for each token that somebody asked for.
 */
import { StoreError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { Parts } from "./parts.ts"

interface Waiting {
  parts: Parts
  start(): void
  drop(error: Error): void
}

interface Lane {
  running: number
  waiting: Waiting[]
}

const lanes = (): Map<string, Lane> => processWide("provider queues", () => new Map())

/** Applications that have ended: nothing new begins for them. */
const ended = new WeakSet<Parts>()

/**
 * Runs work when it is its turn.
 *
 * @param name The provider. Work must not wait for other work of the same name.
 * @throws {StoreError} `store_unavailable`: the application ends, and the work has not begun.
 */
export async function inTurn<T>(parts: Parts, name: string, work: () => Promise<T>): Promise<T> {
  if (ended.has(parts)) throw ending()
  const lane = lanes().get(name) ?? { running: 0, waiting: [] }
  lanes().set(name, lane)
  if (lane.running < parts.refresh.concurrency) return run(name, lane, work)
  return new Promise<T>((resolve, reject) => {
    lane.waiting.push({ parts, drop: reject, start: () => void run(name, lane, work).then(resolve, reject) })
  })
}

async function run<T>(name: string, lane: Lane, work: () => Promise<T>): Promise<T> {
  lane.running += 1
  try {
    return await work()
  } finally {
    lane.running -= 1
    lane.waiting.shift()?.start()
    if (lane.running === 0) lanes().delete(name)
  }
}

/** Refuses new work of an application that ends, and drops what has not begun. What runs goes on. */
export function endQueue(parts: Parts): void {
  ended.add(parts)
  for (const lane of lanes().values()) {
    const dropped = lane.waiting.filter((waiting) => waiting.parts === parts)
    lane.waiting = lane.waiting.filter((waiting) => waiting.parts !== parts)
    for (const { drop } of dropped) drop(ending())
  }
}

function ending(): StoreError {
  return new StoreError("store_unavailable", "This process is ending; nothing was asked of the provider.")
}
