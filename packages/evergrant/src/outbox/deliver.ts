/**
 * Delivers what the outbox holds. Whoever comes by does it, in any process, also after a restart: a look costs one
 * read, is taken at most every ten seconds, and after a failure of this process by a timer as well.
 */
import type { Seconds } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { OutboxEntry } from "../store/records.ts"
import { doWork } from "./do-work.ts"
import type { Task, Work } from "./work.ts"

/** Seconds between two looks, seconds that a claim hides an entry from others, and entries per look. */
const lookEvery: Seconds = 10
const holdFor: Seconds = 30
const batch = 20

/** Seconds between two attempts: doubled each time, up to a minute. */
const firstPause: Seconds = 1
const longestPause: Seconds = 60

interface Round {
  lastLook: number
  timer: boolean
  running: Promise<void> | undefined
}

/** One round per process and application, whichever module copy asks. */
function roundOf(parts: Parts): Round {
  return processWide(`outbox ${parts.namespace} ${parts.storeName}`, () => ({
    lastLook: Number.NEGATIVE_INFINITY,
    timer: false,
    running: undefined,
  }))
}

/** Takes a look, if the last one was a while ago. Nobody waits for it. */
export function lookAtOutbox(parts: Parts): void {
  if (!parts.accounts && !parts.removeSession) return
  const round = roundOf(parts)
  if (parts.surroundings.clock.now() - round.lastLook < lookEvery) return
  const isFirst = round.lastLook === Number.NEGATIVE_INFINITY
  parts.defer(deliver(parts))
  if (isFirst) lookAfterStart(parts)
}

/**
 * What a process leaves behind that is killed may not be due yet: it held it, or was going to try again by itself.
 * Whoever comes after it goes on looking until all of that is due, also if nobody asks it for anything any more.
 */
function lookAfterStart(parts: Parts, pause: Seconds = 2 * firstPause): void {
  parts.surroundings.scheduler.after(pause, () => {
    parts.defer(deliver(parts))
    if (pause < longestPause) lookAfterStart(parts, pause * 2)
  })
}

/** Looks again by a timer, as long as something is left that failed here. */
export function retryLater(parts: Parts, pause: Seconds = firstPause): void {
  const round = roundOf(parts)
  if (round.timer) return
  round.timer = true
  parts.surroundings.scheduler.after(pause, () => {
    round.timer = false
    parts.defer(
      deliver(parts).then((left) => {
        if (left) retryLater(parts, Math.min(pause * 2, longestPause))
      }),
    )
  })
}

/**
 * Does what is due. Never throws.
 *
 * @returns Whether something failed.
 */
async function deliver(parts: Parts): Promise<boolean> {
  const round = roundOf(parts)
  round.lastLook = parts.surroundings.clock.now()
  try {
    const store = await parts.vault.store()
    for (;;) {
      const entries = await store.claimOutbox(batch, holdFor)
      const results = await Promise.all(entries.map((entry) => deliverEntry(parts, store, entry)))
      if (results.includes(false)) return true
      if (entries.length < batch) return false
    }
  } catch {
    return true
  }
}

async function deliverEntry(parts: Parts, store: GrantStore, entry: OutboxEntry): Promise<boolean> {
  const { clock } = parts.surroundings
  try {
    const work = (await parts.vault.openWork(entry)) as Work
    return await attempt(parts, store, { id: entry.id, work }, Math.min(2 ** entry.attempts, longestPause))
  } catch (error) {
    if (!isEvergrantError(error)) throw error
    // Sealed under a key that this instance does not know: it is left for the one that does.
    await store.postponeOutbox(entry.id, clock.now() + longestPause)
    return true
  }
}

/** Does a task; a failed one is due again after the pause. Never throws. */
export async function attempt(
  parts: Parts,
  store: GrantStore,
  { id, work }: Task,
  pause: Seconds = firstPause,
): Promise<boolean> {
  try {
    await doWork(parts, store, work)
    await store.completeOutbox(id)
    return true
  } catch {
    // No detail of the failure: a driver may quote the statement, tokens included.
    parts.emit({ type: "work.postponed", kind: work.kind })
    await store.postponeOutbox(id, parts.surroundings.clock.now() + pause).catch(() => {})
    return false
  }
}
