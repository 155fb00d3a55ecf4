/**
 * Runs one schedule: everything that happens in it, and in which order, follows from its seed. After each step the
 * process that was woken runs up to its next wait, and the rules are checked.
 */

import { judgeRest } from "./judge/judge-rest.ts"
import type { Ledger, Violation } from "./judge/ledger.ts"
import { judgeRecords } from "./judge/watched-store.ts"
import type { PlantedBug } from "./planted/planted-bug.ts"
import { createCallers } from "./world/callers.ts"
import { installProcessMemory } from "./world/process-memory.ts"
import { createScheduler } from "./world/scheduler.ts"
import { signIn } from "./world/sign-in.ts"
import { startProcess } from "./world/start-process.ts"
import { installSynchronousCrypto } from "./world/synchronous-crypto.ts"
import { createWorld } from "./world/world.ts"

export interface ScheduleOptions {
  planted?: PlantedBug
  /** Receives a line for each step. */
  trace?: string[]
}

export interface ScheduleResult {
  seed: number
  steps: number
  counts: Ledger["counts"]
  violation: Violation | undefined
}

/** Steps after which a schedule is taken to run for ever. */
const mostSteps = 20_000

let installed = false

/** Makes this thread ready to simulate. It is good for nothing else afterwards. */
function install(): void {
  if (installed) return
  installed = true
  installSynchronousCrypto()
  installProcessMemory()
}

/** Runs the schedule of a seed up to its first broken rule. */
export async function runSchedule(
  seed: number,
  { planted, trace }: ScheduleOptions = {},
): Promise<ScheduleResult> {
  install()
  const world = createWorld(seed, planted, trace)
  const { ledger, plan, tables } = world
  const handles = await signIn(world)
  for (let number = 0; number < plan.processes; number++) startProcess(world)
  const callers = createCallers(world, handles)
  const scheduler = createScheduler(world, callers)

  const complain = (reason: unknown) => ledger.violate("nobody caught a rejection", String(reason))
  process.on("unhandledRejection", complain)
  try {
    const runOut = async (faults: boolean) => {
      while (!ledger.violation && (await scheduler.step(faults))) {
        judgeRecords(ledger, tables)
        ledger.step += 1
        if (ledger.step > mostSteps) ledger.violate("never comes to rest", `after ${mostSteps} steps`)
      }
    }
    await runOut(true)
    judgeRest(ledger, tables, callers.calls, plan.calm, world.now())
    // Whatever was lost shows when the user comes back.
    callers.comeBack()
    await runOut(false)
    judgeRest(ledger, tables, callers.calls, true, world.now())
  } finally {
    process.off("unhandledRejection", complain)
  }
  if (ledger.violation) trace?.push(`${ledger.violation.rule}: ${ledger.violation.detail}`)
  return { seed, steps: ledger.step, counts: ledger.counts, violation: ledger.violation }
}
