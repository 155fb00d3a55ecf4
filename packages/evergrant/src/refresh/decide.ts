/** What to do with a grant right now. Pure: the whole policy of refreshing in one table. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import { type GrantTimes, refreshDueAt, usableUntil } from "../tokens/lifetime.ts"

export type Plan =
  /** The current token is good. */
  | { do: "serve" }
  /** The current token is good, and due: serve it, refresh meanwhile. */
  | { do: "serve_and_refresh" }
  /** The current token does not do: wait for a refresh. */
  | { do: "refresh" }
  /** A refresh failed a moment ago; the current token does not do. */
  | { do: "unavailable"; retryAfter: Seconds }
  /** The provider's session is over: no refresh can succeed. */
  | { do: "end" }

export interface Wish {
  now: EpochSeconds
  /** Refresh ahead this many seconds before the end. */
  ahead: Seconds
  /** Seconds of validity that the caller needs; clamped to half of the token's life. */
  minValidity?: Seconds
  /** A forced refresh asks the provider even if the token is good. */
  force?: boolean
  /** No attempt before this, after a failure. */
  notBefore?: EpochSeconds
}

/** Decides. */
export function decide(times: GrantTimes, wish: Wish): Plan {
  const { now } = wish
  if (times.sessionExpiresAt !== null && times.sessionExpiresAt <= now) return { do: "end" }

  const blocked = wish.notBefore !== undefined && wish.notBefore > now
  if (wish.force) return { do: "refresh" }

  const left = times.expiresAt - now
  const life = times.expiresAt - times.receivedAt
  const needed = Math.min(Math.max(wish.minValidity ?? 0, onTheWay(life)), life / 2)
  if (left <= needed || left <= 0) {
    if (!blocked) return { do: "refresh" }
    return left > 0 ? { do: "serve" } : { do: "unavailable", retryAfter: (wish.notBefore ?? now) - now }
  }

  const due = refreshDueAt(times, wish.ahead) <= now && usableUntil(times) > now
  return due && !blocked ? { do: "serve_and_refresh" } : { do: "serve" }
}

/** A token that expires on its way to the API is not one that is good now. Two seconds, or a twentieth of its life. */
function onTheWay(life: Seconds): Seconds {
  return Math.min(2, life / 20)
}
