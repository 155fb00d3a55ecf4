/** One flight per grant in the process, whichever module copy asks. */
import type { Clock, EpochSeconds } from "../clock.ts"
import { processWide } from "../process-wide.ts"

/** Work in the air. */
export interface Flight<T> {
  result: Promise<T>
  startedAt: EpochSeconds
}

interface Slot<T> extends Flight<T> {
  /** What all forced callers share that came while the flight was in the air. */
  next: Promise<T> | undefined
}

const slots = <T>(): Map<string, Slot<T>> => processWide("flights", () => new Map())

/**
 * Joins the flight of `key`, or starts one.
 *
 * A forced caller never joins a flight that began before its call: the provider may have answered that one
 * before the change which the caller wants to see. It shares the next flight with all other forced callers.
 */
export function joinFlight<T>(
  key: string,
  forced: boolean,
  clock: Clock,
  start: () => Promise<T>,
): Flight<T> {
  const flying = slots<T>().get(key)
  if (!flying) return take(key, clock, start)
  if (!forced) return flying
  const begun = () => slots<T>().get(key) ?? take(key, clock, start)
  flying.next ??= flying.result.then(begun, begun).then((flight) => flight.result)
  return { startedAt: clock.now(), result: flying.next }
}

/** Resolves when no flight is in the air, so that a process can end without losing a rotation. */
export async function flightsLanded(): Promise<void> {
  while (slots().size > 0) {
    await Promise.allSettled([...slots().values()].map((slot) => slot.result))
  }
}

function take<T>(key: string, clock: Clock, start: () => Promise<T>): Flight<T> {
  const slot: Slot<T> = { startedAt: clock.now(), result: start(), next: undefined }
  slots<T>().set(key, slot)
  const land = () => slots<T>().delete(key)
  slot.result.then(land, land)
  return slot
}
