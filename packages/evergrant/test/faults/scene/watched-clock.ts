/** A manual clock that can be asked what waits on it, so that a test waits for a fact and never for a duration. */
import type { EpochSeconds, Seconds } from "../../../src/clock.ts"
import { type ManualClock, manualClock } from "../../../src/testing/manual-clock.ts"

export interface WatchedClock extends ManualClock {
  /** Delays of the timers that wait, in the order in which they were set. */
  waiting(): Seconds[]
  /**
   * Lets the time pass from one short sleep (up to two seconds: a pause between two tries) to the next until the
   * work is done. Deadlines, which are longer, come no nearer than by these sleeps.
   */
  runUntilDone<T>(work: Promise<T>): Promise<T>
  /** Has the clock stand still while this says so: what waits for a disk or a server takes none of its time. */
  standStillWhile(busy: () => boolean): void
}

const longestSleep: Seconds = 2

/** @param start Seconds since the epoch. Default: that of {@link manualClock}. */
export function watchedClock(start?: EpochSeconds): WatchedClock {
  const clock = manualClock(start)
  const timers = new Set<{ dueAt: EpochSeconds; delay: Seconds }>()
  let busy = () => false

  async function settle(): Promise<void> {
    do await nextTurn()
    while (busy())
  }

  async function advance(by: Seconds): Promise<void> {
    const target = clock.now() + by
    await settle()
    for (;;) {
      const due = [...timers].map(({ dueAt }) => dueAt).filter((dueAt) => dueAt <= target)
      if (due.length === 0) break
      await clock.advance(Math.max(0, Math.min(...due) - clock.now()))
      await settle()
    }
    await clock.advance(Math.max(0, target - clock.now()))
  }

  async function runUntilDone<T>(work: Promise<T>): Promise<T> {
    let done = false
    const finish = () => {
      done = true
    }
    work.then(finish, finish)
    while (!done) {
      const sleeping = [...timers].find(({ delay }) => delay <= longestSleep)
      if (sleeping && !busy()) await advance(Math.max(0, sleeping.dueAt - clock.now()))
      await nextTurn()
    }
    return work
  }

  return {
    now: clock.now,
    advance,
    waiting: () => [...timers].map(({ delay }) => delay),
    runUntilDone,
    standStillWhile(isBusy) {
      busy = isBusy
    },
    scheduler: {
      after(delay, task) {
        const timer = { dueAt: clock.now() + delay, delay }
        timers.add(timer)
        const cancel = clock.scheduler.after(delay, () => {
          timers.delete(timer)
          task()
        })
        return () => {
          timers.delete(timer)
          cancel()
        }
      },
    },
  }
}

/** Waits for a fact. The runner's own limit ends the wait if it never comes true. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await nextTurn()
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
