/** When the next attempt at a provider makes sense. Per process: every instance finds out for itself. */
import type { EpochSeconds, Seconds, Surroundings } from "../clock.ts"
import { processWide } from "../process-wide.ts"

interface Pause {
  failures: number
  until: EpochSeconds
}

/** Seconds of the longest pause that we choose ourselves: recovery is noticed within it. */
const longestPause: Seconds = 8

/** From so many on they are looked through; a pause that ended so many seconds ago has no meaning any more. */
const manyPauses = 1000
const oldAfter: Seconds = 60

const pauses = (): Map<string, Pause> => processWide("pauses", () => new Map())

/** The earliest time of the next attempt, if there was a failure. */
export function notBefore(key: string): EpochSeconds | undefined {
  return pauses().get(key)?.until
}

/** Notes a failure. Doubles the pause, with jitter, unless the provider named one. Returns its end. */
export function noteFailure(key: string, surroundings: Surroundings, retryAfter?: Seconds): EpochSeconds {
  const failures = (pauses().get(key)?.failures ?? 0) + 1
  const chosen = Math.min(longestPause, 2 ** (failures - 1)) * (0.5 + jitter(surroundings) / 2)
  const until = surroundings.clock.now() + (retryAfter ?? chosen)
  pauses().set(key, { failures, until })
  forgetOld(surroundings.clock.now())
  return until
}

/** Notes that no attempt makes sense before a time, although nothing failed. */
export function noteFutility(key: string, until: EpochSeconds, { clock }: Surroundings): void {
  pauses().set(key, { failures: 0, until })
  forgetOld(clock.now())
}

/** Forgets the failures. */
export function noteSuccess(key: string): void {
  pauses().delete(key)
}

/** A grant that failed and never came back must not stay for ever. */
function forgetOld(now: EpochSeconds): void {
  if (pauses().size < manyPauses) return
  for (const [key, { until }] of pauses()) if (until + oldAfter < now) pauses().delete(key)
}

function jitter(surroundings: Surroundings): number {
  const [byte = 0] = surroundings.random(1)
  return byte / 255
}
