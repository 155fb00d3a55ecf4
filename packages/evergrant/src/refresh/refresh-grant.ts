/** Refreshes a grant: shared within the process, exclusive between processes, bounded for whoever waits. */
import { timedOut, withDeadline } from "../clock.ts"
import type { Parts } from "./parts.ts"
import { flightName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { joinFlight } from "./single-flight.ts"
import { takeTurn } from "./take-turn.ts"

export type WaitedOutcome = RefreshOutcome | { status: "pending" }

/**
 * Waits for a refresh, at most `callerWait` seconds counted from the start of the flight: under a provider that
 * hangs, a caller who comes late is told at once. The token request itself lives on.
 *
 * @throws {StoreError}
 */
export async function refreshGrant(parts: Parts, target: RefreshTarget): Promise<WaitedOutcome> {
  const { clock, scheduler } = parts.surroundings
  const flight = joinFlight(flightName(parts, target), target.forced, clock, () => takeTurn(parts, target))
  const left = parts.refresh.callerWait - (clock.now() - flight.startedAt)
  const outcome = await withDeadline(scheduler, Math.max(left, 0.05), flight.result)
  return outcome === timedOut ? { status: "pending" } : outcome
}

/** Starts a refresh that nobody waits for. Its failure is in the events. */
export function refreshAhead(parts: Parts, target: RefreshTarget): void {
  const { clock } = parts.surroundings
  const flight = joinFlight(flightName(parts, target), false, clock, () => takeTurn(parts, target))
  parts.defer(
    flight.result.catch(() => parts.emit({ type: "store.unavailable", operation: "refresh ahead" })),
  )
}
