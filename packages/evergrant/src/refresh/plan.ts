/** What to do with a stored grant, by all that this process knows. */

import type { StoredGrant } from "../store/records.ts"
import { notBefore } from "./backoff.ts"
import { heldUntil } from "./breaker.ts"
import { decide, type Plan, type Wish } from "./decide.ts"
import type { Parts } from "./parts.ts"
import { grantName, timesOf } from "./refresh-target.ts"

/** Decides about a grant now. */
export function planFor(
  parts: Parts,
  grant: StoredGrant,
  wish: Pick<Wish, "minValidity" | "force"> = {},
): Plan {
  const provider = parts.provider(grant.provider)
  const pauses = [notBefore(grantName(parts, grant)) ?? 0, (provider && heldUntil(provider)) ?? 0]
  return decide(timesOf(parts, grant), {
    now: parts.surroundings.clock.now(),
    ahead: parts.refresh.ahead,
    notBefore: Math.max(...pauses),
    ...wish,
  })
}
