/** A caller gets an answer in time, also from a store that hangs. */
import { type EpochSeconds, type Seconds, timedOut, withDeadline } from "../clock.ts"
import { StoreError } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"

/** Seconds beyond `callerWait` that reading and writing may take. */
const forTheStore: Seconds = 0.75

/**
 * Runs what a caller waits for. The work itself goes on: only the waiting ends.
 *
 * @param work Is told when its caller came, for `since` of a refresh: who waits for a refresh is told of it within
 * `callerWait`, so that what takes longer is the store.
 * @throws {StoreError} `store_unavailable`: there was no answer in time.
 */
export async function answerInTime<T>(
  { refresh, surroundings }: Parts,
  work: (since: EpochSeconds) => Promise<T>,
): Promise<T> {
  const { clock, scheduler } = surroundings
  const answer = await withDeadline(scheduler, refresh.callerWait + forTheStore, work(clock.now()))
  if (answer === timedOut) throw new StoreError("store_unavailable", "The store did not answer in time.")
  return answer
}
