import assert from "node:assert/strict"
import { systemScheduler, timedOut, withDeadline } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { Change } from "../../store/records.ts"

/** What a listener heard so far. */
export interface ChangeRecorder {
  heard: Change[]
  /** Resolves when `count` changes were heard. Real time passes: other processes are heard of in their own time. */
  hears(count: number): Promise<Change[]>
  stop(): void
}

/** Seconds that a store may take to tell what another process changed, before the case fails. */
const patience = 20

/** Subscribes to a store. */
export function recordChanges(store: GrantStore): ChangeRecorder {
  const heard: Change[] = []
  let notify = (): void => {}
  const stop = store.subscribe((change) => {
    heard.push(change)
    notify()
  })
  return {
    heard,
    stop,
    async hears(count) {
      const enough = new Promise<void>((resolve) => {
        notify = () => {
          if (heard.length >= count) resolve()
        }
        notify()
      })
      const outcome = await withDeadline(systemScheduler, patience, enough)
      assert.notEqual(outcome, timedOut, `heard ${heard.length} of ${count} changes in ${patience} s`)
      return heard
    },
  }
}
