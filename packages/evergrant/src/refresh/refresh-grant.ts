/** Refreshes a grant: shared within the process, exclusive between processes, bounded for whoever waits. */
import { timedOut, withDeadline } from "../clock.ts"
import { admit, clientName } from "./breaker.ts"
import type { Parts } from "./parts.ts"
import { inTurn } from "./provider-queue.ts"
import { grantName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { type Flight, joinFlight } from "./single-flight.ts"
import { runRefresh } from "./transaction.ts"

export type WaitedOutcome = RefreshOutcome | { status: "pending" }

/**
 * Waits for a refresh, at most `callerWait` seconds counted from the start of the flight: under a provider that
 * hangs, a caller who comes late is told at once. The token request itself lives on.
 *
 * @throws {StoreError}
 */
export async function refreshGrant(parts: Parts, target: RefreshTarget): Promise<WaitedOutcome> {
  const { clock, scheduler } = parts.surroundings
  const flight = takeOff(parts, target)
  const left = parts.refresh.callerWait - (clock.now() - flight.startedAt)
  const outcome = await withDeadline(scheduler, Math.max(left, 0.05), flight.result)
  return outcome === timedOut ? { status: "pending" } : outcome
}

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
  takeOff(parts, target).result.catch(tell)
  return undefined
}

/** Joins or starts the flight. The platform is kept awake for it: it may outlive all who wait for it. */
function takeOff(parts: Parts, target: RefreshTarget): Flight<RefreshOutcome> {
  const { clock } = parts.surroundings
  const name = grantName(parts, target.grant)
  const flight = joinFlight(name, target.forced, clock, () => runInTurn(parts, target))
  const landed = () => {}
  parts.defer(flight.result.then(landed, landed))
  return flight
}

/** A refresh waits for its turn at the provider, and then for nothing if it turns out that the provider refuses all. */
async function runInTurn(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const provider = parts.provider(target.grant.provider)
  if (!provider) return runRefresh(parts, target)
  return inTurn(parts, clientName(provider), async () => {
    const admission = admit(parts, provider)
    if ("failure" in admission) return { status: "unavailable", ...admission }
    try {
      return await runRefresh(parts, target)
    } finally {
      admission.leave()
    }
  })
}
