/** A thread that runs schedules. Each message asks for a stretch of seeds; each answer tells what came of it. */
import { hash } from "node:crypto"
import { parentPort } from "node:worker_threads"
import { createLedger, type Ledger, type Violation } from "./judge/ledger.ts"
import { plantedBugs } from "./planted/all-planted-bugs.ts"
import { runSchedule } from "./run-schedule.ts"

export interface Stretch {
  from: number
  count: number
  /** The number of a planted bug. */
  planted?: number | undefined
  /** Whether the traces are to be compared: then their fingerprint is told. */
  fingerprint?: boolean
}

export interface StretchResult {
  schedules: number
  steps: number
  counts: Ledger["counts"]
  /** The first schedule that broke a rule; the stretch ends there. */
  failure: { seed: number; violation: Violation } | undefined
  fingerprint: string | undefined
}

async function run({ from, count, planted, fingerprint }: Stretch): Promise<StretchResult> {
  // Thousands of errors are made on purpose, and nobody reads where.
  Error.stackTraceLimit = 0
  const bug = planted === undefined ? undefined : plantedBugs[planted]
  const { counts } = createLedger()
  const names = Object.keys(counts) as (keyof Ledger["counts"])[]
  const result: StretchResult = { schedules: 0, steps: 0, counts, failure: undefined, fingerprint: undefined }
  const traces: string[] = []
  for (let seed = from; seed < from + count && !result.failure; seed++) {
    const trace = fingerprint ? { trace: traces } : {}
    const one = await runSchedule(seed, { ...trace, ...(bug ? { planted: bug } : {}) })
    result.schedules += 1
    result.steps += one.steps
    for (const name of names) counts[name] += one.counts[name]
    if (one.violation) result.failure = { seed, violation: one.violation }
  }
  if (fingerprint) result.fingerprint = hash("sha256", traces.join("\n"))
  return result
}

parentPort?.on("message", async (stretch: Stretch) => parentPort?.postMessage(await run(stretch)))
