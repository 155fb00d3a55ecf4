/**
 * The listeners of one change feed, as every store needs them. Each listener gets each change
 * once and in the order of the feed, even when a listener writes to the store and so makes the next change
 * while the last one is still being told.
 */
import type { Change } from "./records.ts"

/** Somebody who wants to hear of changes. */
export type ChangeListener = (change: Change) => void

/** See {@link createChangeListeners}. */
export interface ChangeListeners {
  /** Tells `listener` of every change that is told from now on. Returns a function that stops it. */
  add(listener: ChangeListener): () => void
  /** Tells everybody of `changes`, which are oldest first and younger than all told before. */
  tell(changes: readonly Change[]): void
  /** Tells whether nobody listens. */
  isEmpty(): boolean
}

/** Creates the set of listeners of one feed. */
export function createChangeListeners(): ChangeListeners {
  const subscriptions = new Set<{ listener: ChangeListener; since: number }>()
  const untold: Change[] = []
  let told = 0
  let telling = false

  function tellNext(change: Change): void {
    for (const subscription of [...subscriptions]) {
      // Somebody who subscribed while changes were waiting to be told asked for later ones only.
      if (!subscriptions.has(subscription) || subscription.since > told) continue
      try {
        subscription.listener({ ...change })
      } catch {
        // The write is already stored: a listener's own failure must neither undo it nor silence the others.
      }
    }
    told++
  }

  return {
    add(listener) {
      const subscription = { listener, since: told + untold.length + (telling ? 1 : 0) }
      subscriptions.add(subscription)
      return () => {
        subscriptions.delete(subscription)
      }
    },
    tell(changes) {
      untold.push(...changes)
      if (telling) return
      telling = true
      for (let change = untold.shift(); change !== undefined; change = untold.shift()) tellNext(change)
      telling = false
    },
    isEmpty: () => subscriptions.size === 0,
  }
}
