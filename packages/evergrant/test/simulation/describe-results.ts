/** Says in words what came of many schedules, and how a failure is seen again. */
import { plantedBugs } from "./planted/all-planted-bugs.ts"
import { runSchedule } from "./run-schedule.ts"
import type { ManyResults } from "./run-schedules.ts"

/** One line. */
export function summarise({ schedules, steps, counts, cpu }: ManyResults): string {
  const { refreshes, recovered, lost, ended, kills, freezes, faults } = counts
  return (
    `${schedules} schedules, ${Math.round(steps / schedules)} steps each, ${refreshes} refreshes, ` +
    `${recovered} recovered, ${lost} lost to what was done to their holder, ${ended} logins ended, ${kills} kills, ` +
    `${freezes} freezes, ${faults} failed or lost answers; ${cpu.toFixed(0)} s of processor time, ` +
    `${((cpu * 1000) / schedules).toFixed(2)} ms each`
  )
}

/** Runs the schedule of a seed again, and returns its trace: a line for each step, the broken rule last. */
export async function replay(seed: number, planted?: number): Promise<string[]> {
  const trace: string[] = []
  const bug = planted === undefined ? undefined : plantedBugs[planted]
  const { violation } = await runSchedule(seed, { trace, ...(bug ? { planted: bug } : {}) })
  const verdict = violation ? [] : ["no rule was broken"]
  return [...trace, ...verdict]
}

/** The trace of a failed run, with the command that shows it again. */
export async function explain({ failure }: ManyResults): Promise<string> {
  if (!failure) return ""
  const { seed, violation } = failure
  const how = `npm run acceptance -- simulation --seed ${seed}`
  const trace = await replay(seed)
  return [`Seed ${seed}: ${violation.rule} (${violation.detail}). To see it again: ${how}`, ...trace].join(
    "\n",
  )
}
