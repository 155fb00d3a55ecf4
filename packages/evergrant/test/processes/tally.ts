/** What came of many calls for a token. */
import type { SignedOutReason } from "../../src/errors.ts"
import type { Outcome } from "./messages.ts"

export interface Tally {
  served: number
  /** Served with a token that had expired. Never right. */
  expired: number
  providerUnavailable: number
  storeUnavailable: number
  /** Sessions that were told to be over. */
  signedOut: { handle: string; reason: SignedOutReason }[]
  /** Errors that nobody should see. */
  failed: string[]
  /** Milliseconds that the slowest call took. */
  slowest: number
}

export function emptyTally(): Tally {
  return {
    served: 0,
    expired: 0,
    providerUnavailable: 0,
    storeUnavailable: 0,
    signedOut: [],
    failed: [],
    slowest: 0,
  }
}

/** Counts one call. `now` in seconds, `took` in milliseconds. */
export function countOutcome(
  tally: Tally,
  handle: string,
  outcome: Outcome,
  now: number,
  took: number,
): void {
  tally.slowest = Math.max(tally.slowest, took)
  if ("token" in outcome) {
    tally.served += 1
    // The instant is cut to whole seconds, and the answer was on its way.
    if (outcome.expiresAt < now - 1) tally.expired += 1
  } else if ("signedOut" in outcome) {
    tally.signedOut.push({ handle, reason: outcome.signedOut })
  } else if ("failed" in outcome) {
    tally.failed.push(outcome.failed)
  } else if (outcome.unavailable === "store_unavailable") {
    tally.storeUnavailable += 1
  } else {
    tally.providerUnavailable += 1
  }
}

/** Adds what another process, or the same one since, has counted. */
export function addTally(sum: Tally, more: Tally): void {
  sum.served += more.served
  sum.expired += more.expired
  sum.providerUnavailable += more.providerUnavailable
  sum.storeUnavailable += more.storeUnavailable
  sum.signedOut.push(...more.signedOut)
  sum.failed.push(...more.failed)
  sum.slowest = Math.max(sum.slowest, more.slowest)
}

/** One line of figures. */
export function describeTally(tally: Tally): string {
  return (
    `${tally.served} served, ${tally.providerUnavailable} times provider_unavailable, ` +
    `${tally.storeUnavailable} times store_unavailable, slowest ${Math.round(tally.slowest)} ms`
  )
}

/** What must not be in a tally of sessions that nobody ended. */
export function offencesOf({ expired, signedOut, failed }: Tally): string[] {
  return [
    ...(expired > 0 ? [`${expired} callers got a token that had expired`] : []),
    ...signedOut.map(({ reason }) => `a caller was told to be signed out: ${reason}`),
    ...failed.map((what) => `a caller met an error: ${what}`),
  ]
}
