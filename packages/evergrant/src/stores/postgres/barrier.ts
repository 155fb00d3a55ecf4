/**
 * Holds calls back while a new listener's position in the feed is being read. `subscribe` returns at once, and what
 * the same process writes after it is to be heard: it must not overtake that reading.
 */
export interface Barrier {
  /** Holds calls back until `task` is settled. */
  holdFor(task: Promise<unknown>): void
  /** Resolves when nothing holds calls back. Never rejects. */
  passed(): Promise<unknown>
}

export function createBarrier(): Barrier {
  const tasks = new Set<Promise<unknown>>()
  return {
    holdFor(task) {
      const settled = task.then(
        () => undefined,
        () => undefined,
      )
      tasks.add(settled)
      settled.then(() => tasks.delete(settled))
    },
    passed: () => Promise.all(tasks),
  }
}
