/**
 * Who listens to the feed. Announcements and a slow timer say that there may be news; what there is, and in which
 * order, is always read from the feed, from the position that was told last. So an announcement that is lost, comes
 * twice or comes early does no harm.
 */
import type { Seconds } from "../../clock.ts"
import { type ChangeListener, createChangeListeners } from "../../store/change-listeners.ts"
import type { Announcements } from "./announcements.ts"
import type { Barrier } from "./barrier.ts"
import { type Feed, readChanges, readLatestChange } from "./changes.ts"
import { closedError } from "./failure.ts"

/** How many changes are held in memory at once. */
const batchSize = 500

export interface Subscriptions {
  subscribe(listener: ChangeListener): () => void
  /** Looks for news, one look at a time. Never throws: what could not be read is told by a later look. */
  look(): void
  close(): void
}

/** What {@link createSubscriptions} works with. */
export interface SubscriptionParts {
  feed: Feed
  barrier: Barrier
  pollInterval: Seconds
  /** A position that all later listeners come after. */
  position: number
  announcements(look: () => void): Announcements
}

export function createSubscriptions(parts: SubscriptionParts): Subscriptions {
  const { feed, barrier, pollInterval } = parts
  const listeners = createChangeListeners()
  const announcements = parts.announcements(look)
  let { position } = parts
  let subscribers = 0
  let timer: NodeJS.Timeout | undefined
  let lookIsDue = false
  let closed = false
  /** One reading at a time, so that nothing is told twice or out of order. */
  let readings: Promise<void> = Promise.resolve()

  function inTurn(reading: () => Promise<void>): Promise<void> {
    readings = readings.then(reading).catch(() => undefined)
    return readings
  }

  async function tellNew(): Promise<void> {
    const latest = await readLatestChange(feed)
    // A database that was put back from an older copy: its positions say nothing about ours, so all that it has is told.
    if (latest < position) position = 0
    while (position < latest) {
      const changes = await readChanges(feed, position, batchSize)
      if (closed) return
      position = changes.at(-1)?.cursor ?? latest
      listeners.tell(changes)
    }
  }

  function look(): void {
    if (lookIsDue || closed) return
    lookIsDue = true
    inTurn(async () => {
      lookIsDue = false
      if (!listeners.isEmpty()) await tellNew()
    })
  }

  /** Brings the position up to now. If that fails it stays where it was: better to be told too much than too little. */
  async function settlePosition(): Promise<void> {
    try {
      if (listeners.isEmpty()) position = await readLatestChange(feed)
      else await tellNew()
    } catch {
      // The database cannot be read now; every other call says so.
    }
  }

  function start(): void {
    subscribers++
    announcements.start()
    timer ??= setInterval(look, pollInterval * 1000).unref()
  }

  function stop(): void {
    announcements.stop()
    clearInterval(timer)
    timer = undefined
  }

  return {
    subscribe(listener) {
      let remove: (() => void) | undefined
      let stopped = false
      if (closed) throw closedError()
      const positioned = inTurn(async () => {
        if (stopped) return
        await settlePosition()
        if (!stopped && !closed) remove = listeners.add(listener)
      })
      barrier.holdFor(positioned)
      start()
      return () => {
        if (stopped) return
        stopped = true
        remove?.()
        subscribers--
        if (subscribers === 0) stop()
      }
    },
    look,
    close() {
      closed = true
      stop()
    },
  }
}
