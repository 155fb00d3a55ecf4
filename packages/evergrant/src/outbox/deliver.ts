/**
 * Delivers what the outbox holds. Whoever comes by does it, in any process, also after a restart: a look costs one
 * read, is taken at most every ten seconds, and after a failure of this process by a timer as well.
 */
import { type Seconds, timedOut, withDeadline } from "../clock.ts"
import { isEvergrantError, StoreError } from "../errors.ts"
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

/** Seconds that an attempt may take: one that hangs has failed, while its claim still holds. */
const attemptLimit: Seconds = 20

/** Seconds between two attempts: doubled each time, up to a minute. */
const firstPause: Seconds = 1
const longestPause: Seconds = 60

/** Seconds after a start in which what a killed process held or was going to try again falls due. */
const afterStart: Seconds = 120

/** Seconds that an end waits for a look that is under way. What it does not finish stays remembered. */
const closingPatience: Seconds = 2

interface Round {
  lastLook: number
  timer: { owner: Parts; cancel: () => void } | undefined
  /** Until when something may fall due that nobody else looks for. */
  expectedUntil: number
  running: Promise<void> | undefined
}

/** One round per process and application, whichever module copy asks. */
function roundOf(parts: Parts): Round {
  return processWide(`outbox ${parts.namespace} ${parts.storeName}`, () => ({
    lastLook: Number.NEGATIVE_INFINITY,
    timer: undefined,
    expectedUntil: Number.NEGATIVE_INFINITY,
    running: undefined,
  }))
}

/** Takes a look, if the last one was a while ago. Nobody waits for it. */
export function lookAtOutbox(parts: Parts): void {
  if (!parts.accounts && !parts.removeSession) return
  const round = roundOf(parts)
  if (parts.surroundings.clock.now() - round.lastLook < lookEvery) return
  if (round.lastLook === Number.NEGATIVE_INFINITY) expectWork(parts, afterStart)
  look(parts, firstPause)
}

function look(parts: Parts, pause: Seconds): void {
  const round = roundOf(parts)
  const running = deliver(parts).then((left) => lookAgain(parts, left, pause))
  round.running = running
  running.then(() => {
    if (round.running === running) round.running = undefined
  })
  parts.defer(running)
}

/** Applications that have ended: a timer of theirs would open their store again. */
const stopped = new WeakSet<Parts>()

/** Ends the looks of this application. Whoever comes next in this process begins anew. */
export async function stopLooking(parts: Parts): Promise<void> {
  stopped.add(parts)
  const round = roundOf(parts)
  round.lastLook = Number.NEGATIVE_INFINITY
  if (round.timer?.owner === parts) {
    round.timer.cancel()
    round.timer = undefined
  }
  if (round.running) await withDeadline(parts.surroundings.scheduler, closingPatience, round.running)
}

/** Has this process look again until then, also if nobody asks it for anything any more. */
function expectWork(parts: Parts, within: Seconds): void {
  const round = roundOf(parts)
  round.expectedUntil = Math.max(round.expectedUntil, parts.surroundings.clock.now() + within)
}

function lookAgain(parts: Parts, left: boolean, pause: Seconds): void {
  const expected = parts.surroundings.clock.now() < roundOf(parts).expectedUntil
  if (left || expected) retryLater(parts, Math.min(pause, longestPause))
}

/** Looks again by a timer, as long as something is left that failed here or may fall due. */
export function retryLater(parts: Parts, pause: Seconds = firstPause): void {
  const round = roundOf(parts)
  if (round.timer || stopped.has(parts)) return
  const cancel = parts.surroundings.scheduler.after(pause, () => {
    round.timer = undefined
    look(parts, pause * 2)
  })
  round.timer = { owner: parts, cancel }
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
    const done = await withDeadline(parts.surroundings.scheduler, attemptLimit, doWork(parts, store, work))
    if (done === timedOut) throw new StoreError("store_unavailable", "The application's database hangs.")
    await store.completeOutbox(id)
    return true
  } catch {
    // No detail of the failure: a driver may quote the statement, tokens included.
    parts.emit({ type: "work.postponed", kind: work.kind })
    expectWork(parts, pause)
    await store.postponeOutbox(id, parts.surroundings.clock.now() + pause).catch(() => {})
    return false
  }
}
