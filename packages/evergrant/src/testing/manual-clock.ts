import type { Clock, EpochSeconds, Scheduler, Seconds } from "../clock.ts"

/** A clock that stands still until it is moved, with the timers that follow it. */
export interface ManualClock extends Clock {
  /** Runs its tasks while {@link ManualClock.advance} passes the time at which they are due. */
  readonly scheduler: Scheduler
  /**
   * Moves the time forward, running what falls due on the way: in the order of time, each at its own time, and
   * with what it sets off done before the next. Without timers the time has moved when the call returns;
   * otherwise when the promise resolves.
   */
  advance(by: Seconds): Promise<void>
}

/** Lets promises settle that wait for nothing but each other. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Creates a clock for tests.
 *
 * @param start Seconds since the epoch. Default `1_800_000_000`.
 *
 * @example
 * const clock = manualClock()
 * const store = await memoryStore().open({ namespace: "test", clock })
 * await store.acquireLease("job", "me", 30)
 * await clock.advance(31)
 */
export function manualClock(start: EpochSeconds = 1_800_000_000): ManualClock {
  const timers = new Set<{ dueAt: EpochSeconds; task: () => void }>()
  let now = start

  function nextDue(until: EpochSeconds): { dueAt: EpochSeconds; task: () => void } | undefined {
    // A stable sort: timers of the same time run in the order in which they were set.
    return [...timers].filter((timer) => timer.dueAt <= until).sort((a, b) => a.dueAt - b.dueAt)[0]
  }

  return {
    now: () => now,
    scheduler: {
      after(delay, task) {
        const timer = { dueAt: now + delay, task }
        timers.add(timer)
        return () => {
          timers.delete(timer)
        }
      },
    },
    async advance(by) {
      const target = now + by
      for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) {
        timers.delete(timer)
        now = Math.max(now, timer.dueAt)
        timer.task()
        await settle()
      }
      now = Math.max(now, target)
    },
  }
}
