/** Refreshes a grant: shared within the process, exclusive between processes, bounded for whoever waits. */
import { timedOut } from "../clock.ts"
import { landingOf, waitForFlight } from "./audience.ts"
import type { Parts } from "./parts.ts"
import { flightName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { type Flight, joinFlight } from "./single-flight.ts"
import { takeTurn } from "./take-turn.ts"

export type WaitedOutcome = RefreshOutcome | { status: "pending" }

/**
 * Waits for a refresh, at most `callerWait` seconds counted from the start of the flight, or from when the caller came if
 * that was earlier: under a provider that hangs, a caller who comes late is told at once. The token request itself lives on.
 *
 * @throws {StoreError}
 */
export async function refreshGrant(parts: Parts, target: RefreshTarget): Promise<WaitedOutcome> {
  const { clock, scheduler } = parts.surroundings
  const flight = takeOff(parts, target)
  const since = Math.min(flight.startedAt, target.since ?? flight.startedAt)
  const left = parts.refresh.callerWait - (clock.now() - since)
  const outcome = await waitForFlight(flight.result, scheduler, Math.max(left, 0.05))
  return outcome === timedOut ? { status: "pending" } : outcome
}

/** Flights whose failure is told, because nobody may be waiting for them. */
const watched = new WeakSet<Promise<unknown>>()

/**
 * Refreshes a grant whose token is still good. Never throws: a failure is in the events.
 *
 * @returns What came of it; nothing, if nobody waits, which is so where work may go on after the response.
 */
export async function refreshAhead(parts: Parts, target: RefreshTarget): Promise<WaitedOutcome | undefined> {
  const tell = (): undefined => {
    parts.emit({ type: "store.unavailable", operation: "refresh ahead" })
  }
  if (parts.refresh.inline) return refreshGrant(parts, target).catch(tell)
  const flight = takeOff(parts, target)
  // Once for a flight, however many are served while it is in the air.
  if (!watched.has(flight.result)) flight.result.catch(tell)
  watched.add(flight.result)
  return undefined
}

/** Joins or starts the flight. The platform is kept awake for it: it may outlive all who wait for it. */
function takeOff(parts: Parts, target: RefreshTarget): Flight<RefreshOutcome> {
  const { clock } = parts.surroundings
  const flight = joinFlight(flightName(parts, target), target.forced, clock, () => takeTurn(parts, target))
  parts.defer(landingOf(flight.result))
  return flight
}
