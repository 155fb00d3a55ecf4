/** Runs many schedules on several threads. */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { createLedger, type Ledger } from "./judge/ledger.ts"
import type { Stretch, StretchResult } from "./schedule-worker.ts"

export interface ManySchedules {
  schedules: number
  /** The first seed. Default `1`. */
  from?: number
  /** Threads. Default `2`. */
  workers?: number
  /** The number of a planted bug. */
  planted?: number | undefined
  /** Seeds that a thread is given at once. Default `500`. */
  stretch?: number
  /** Told now and then how many are done. */
  onProgress?: (done: number) => void
}

export interface ManyResults {
  schedules: number
  steps: number
  counts: Ledger["counts"]
  /** The lowest seed that broke a rule, whichever thread was faster. */
  failure: StretchResult["failure"]
  /** Seconds of all processors together. */
  cpu: number
}

/** Runs them until one breaks a rule. */
export async function runSchedules({
  schedules,
  from = 1,
  workers = 2,
  planted,
  stretch = 500,
  onProgress = () => {},
}: ManySchedules): Promise<ManyResults> {
  const { counts } = createLedger()
  const results: ManyResults = { schedules: 0, steps: 0, counts, failure: undefined, cpu: 0 }
  const before = process.cpuUsage()
  const end = from + schedules
  let next = from
  // Every lower seed was given out before, and is run to its end: the lowest failure is the same on each machine.
  const take = (): Stretch | undefined => {
    if (results.failure || next >= end) return undefined
    const taken = { from: next, count: Math.min(stretch, end - next), planted }
    next += taken.count
    return taken
  }
  const work = async () => {
    const thread = startThread()
    try {
      for (let taken = take(); taken; taken = take()) {
        add(results, await thread.run(taken))
        onProgress(results.schedules)
      }
    } finally {
      await thread.end()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const { user, system } = process.cpuUsage(before)
  results.cpu = (user + system) / 1e6
  return results
}

/** A thread, to be ended by whoever has started it. */
export interface ScheduleThread {
  run(stretch: Stretch): Promise<StretchResult>
  end(): Promise<unknown>
}

export function startThread(): ScheduleThread {
  const worker = new Worker(new URL("schedule-worker.ts", import.meta.url), { execArgv: [] })
  return {
    async run(stretch) {
      worker.postMessage(stretch)
      const [result] = await once(worker, "message")
      return result
    },
    end: () => worker.terminate(),
  }
}

function add(results: ManyResults, { schedules, steps, counts, failure }: StretchResult): void {
  results.schedules += schedules
  results.steps += steps
  for (const [name, count] of Object.entries(counts)) results.counts[name as keyof typeof counts] += count
  if (failure && failure.seed < (results.failure?.seed ?? Number.POSITIVE_INFINITY)) results.failure = failure
}
