/** Refreshes a grant: shared within the process, exclusive between processes, bounded for whoever waits. */
import { timedOut, withDeadline } from "../clock.ts"
import { admit, clientName } from "./breaker.ts"
import type { Parts } from "./parts.ts"
import { inTurn } from "./provider-queue.ts"
import { grantName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { joinFlight } from "./single-flight.ts"
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
  const flight = joinFlight(grantName(parts, target.grant), target.forced, clock, () =>
    runInTurn(parts, target),
  )
  const left = parts.refresh.callerWait - (clock.now() - flight.startedAt)
  const outcome = await withDeadline(scheduler, Math.max(left, 0.05), flight.result)
  return outcome === timedOut ? { status: "pending" } : outcome
}

/** Starts a refresh that nobody waits for. Its failure is in the events. */
export function refreshAhead(parts: Parts, target: RefreshTarget): void {
  const { clock } = parts.surroundings
  const flight = joinFlight(grantName(parts, target.grant), false, clock, () => runInTurn(parts, target))
  parts.defer(
    flight.result.catch(() => parts.emit({ type: "store.unavailable", operation: "refresh ahead" })),
  )
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
