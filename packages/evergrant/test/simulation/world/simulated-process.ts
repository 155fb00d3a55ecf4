/** One process of the application: its own memory, its own timers, and a state that the schedule changes. */
import type { EpochSeconds, Scheduler } from "../../../src/clock.ts"
import type { Evergrant } from "../../../src/evergrant.ts"
import type { ProcessMemory } from "./process-memory.ts"

export interface Timer {
  dueAt: EpochSeconds
  task: () => void
}

/** What a process is doing about the refresh of one login. */
export interface Holding {
  /** As the lease names it. */
  owner: string
  /** When it learned that its note of the refresh is stored. */
  begunAtStep: number
  /** The process was frozen past its lease meanwhile. */
  frozen: boolean
  /** A call about the lease failed meanwhile, so that it may have been lost. */
  leaseInDoubt: boolean
}

export interface SimulatedProcess {
  number: number
  state: "running" | "frozen" | "dead"
  frozenUntil: EpochSeconds
  memory: ProcessMemory
  timers: Timer[]
  /** By login. */
  holdings: Map<string, Holding>
  evergrant: Evergrant
}

/** The timers of a process on the world's clock. */
export function schedulerOf(timers: Timer[], now: () => EpochSeconds): Scheduler {
  return {
    after(delay, task) {
      const timer = { dueAt: now() + delay, task }
      timers.push(timer)
      return () => {
        const at = timers.indexOf(timer)
        if (at >= 0) timers.splice(at, 1)
      }
    },
  }
}

/** The timer that is due first; of two at once the one that was set first. */
export function firstTimer({ timers }: SimulatedProcess): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers) if (!first || timer.dueAt < first.dueAt) first = timer
  return first
}
