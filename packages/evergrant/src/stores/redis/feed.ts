/**
 * Who listens to the feed. A message on the channel says only that there is something new: what it is, is read from
 * the feed itself, from the position that was told last. So a message that is lost, or a connection that was, costs
 * time and no change; a slow look at the feed finds it.
 */
import { clearInterval, setInterval } from "node:timers"
import type { Seconds } from "../../clock.ts"
import { type ChangeListener, createChangeListeners } from "../../store/change-listeners.ts"
import type { RedisConnection } from "./connection.ts"
import { readFeed } from "./verbs/read-changes.ts"
import type { RedisView } from "./view.ts"

/** How many changes are held in memory at once. */
const batchSize = 500

export interface Feed {
  subscribe(listener: ChangeListener): () => void
  close(): void
}

/** A listener, and the position after which it is told. */
interface Subscription {
  since?: number
  /** Resolves when it was tried to find the position. */
  ready: Promise<void>
}

export function createFeed(
  view: RedisView,
  connection: RedisConnection,
  { channel, pollInterval }: { channel: string; pollInterval: Seconds },
): Feed {
  const listeners = createChangeListeners()
  const subscriptions = new Set<Subscription>()
  /** The position that everybody was told up to; `undefined` while nobody listens. */
  let cursor: number | undefined
  let stopListening: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  let working = false
  let wokenMeanwhile = false

  /** Asked at once: on one connection the answer is of the time before all that is sent later. */
  async function findPosition(subscription: Subscription): Promise<void> {
    const latest = Number((await view.get("latestChange")) ?? 0)
    if (!subscriptions.has(subscription)) return
    cursor ??= latest
    subscription.since = latest
  }

  /** The positions that could not be found at first: rather something old is told than something new missed. */
  async function placeAll(): Promise<void> {
    for (const subscription of subscriptions) {
      await subscription.ready
      if (subscription.since !== undefined) continue
      if (cursor === undefined) await findPosition(subscription)
      else subscription.since = cursor
    }
  }

  /** Reads and tells one batch. Returns whether there may be more. */
  async function tellBatch(): Promise<boolean> {
    await placeAll()
    const from = cursor
    if (from === undefined) return false
    const { latest, changes } = await readFeed(view, from, batchSize)
    if (cursor !== from) return cursor !== undefined
    if (latest < from) {
      // Redis was restored from an older state. Its positions say nothing about ours, so all that it has is told.
      cursor = 0
      for (const subscription of subscriptions) subscription.since = 0
      return latest > 0
    }
    cursor = changes.at(-1)?.cursor ?? from
    listeners.tell(changes)
    return changes.length === batchSize
  }

  function wake(): void {
    wokenMeanwhile = true
    if (working) return
    working = true
    work().finally(() => {
      working = false
    })
  }

  async function work(): Promise<void> {
    while (wokenMeanwhile && !listeners.isEmpty()) {
      wokenMeanwhile = false
      try {
        while (await tellBatch());
      } catch {
        // Redis cannot be read now; every other call says so. What happened meanwhile is told afterwards.
      }
    }
  }

  function stopWhenUnheard(): void {
    if (!listeners.isEmpty()) return
    clearInterval(timer)
    timer = undefined
    stopListening?.()
    stopListening = undefined
    cursor = undefined
  }

  return {
    subscribe(listener) {
      // A connection that is made now would be nobody's to close, and keep the process alive.
      view.checkOpen()
      const subscription: Subscription = { ready: Promise.resolve() }
      const remove = listeners.add((change) => {
        if (subscription.since !== undefined && change.cursor > subscription.since) listener(change)
      })
      subscriptions.add(subscription)
      subscription.ready = findPosition(subscription).catch(() => {})
      stopListening ??= connection.listen(channel, wake)
      timer ??= setInterval(wake, pollInterval * 1000).unref()
      return () => {
        remove()
        subscriptions.delete(subscription)
        stopWhenUnheard()
      }
    },
    close() {
      clearInterval(timer)
      timer = undefined
      stopListening?.()
      stopListening = undefined
      cursor = undefined
    },
  }
}
