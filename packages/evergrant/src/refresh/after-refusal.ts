/** The provider has refused a refresh token. Whether that ends the grant depends on who spent it. */
import { sleep } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import { endGrant } from "./end-grant.ts"
import type { Parts } from "./parts.ts"
import { isOurs } from "./read-after-holder.ts"
import { readGrant, readOutcome } from "./read-grant.ts"
import type { RefreshOutcome, RefreshTarget } from "./refresh-target.ts"

/** A refused refresh token. */
export interface Refusal {
  /** As it was before the token was presented. */
  grant: StoredGrant
  recovering: boolean
}

/** Ends the grant, unless somebody has rotated meanwhile. @throws {StoreError} */
export async function endAfterRefusal(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  refusal: Refusal,
): Promise<RefreshOutcome> {
  const grant = await readAfterOthers(parts, store, target, refusal)
  if ("reason" in grant) return { status: "ended", reason: grant.reason }
  // Somebody rotated between our reading and the refusal: the refusal was about a token that is no longer ours.
  if (grant.generation > refusal.grant.generation) return { status: "refreshed", grant }
  // Who noted the same token may have spent it, and has not told what came of it.
  const isNotedByAnother = grant.intent?.tokenHash === grant.tokenHash && !isOurs(parts, grant.intent)
  const reason = refusal.recovering || isNotedByAnother ? "rotation_lost" : "provider_session_ended"
  if ((await endGrant(parts, store, grant, reason)) === "look_again") return readOutcome(store, target)
  const about = { loginId: grant.loginId, provider: grant.provider }
  parts.emit({ type: "refresh.failed", ...about, kind: "terminal", code: reason })
  return { status: "ended", reason }
}

/**
 * Reads the grant again. Where another process noted an intent for the same token within the length of a lease, the
 * lease has not kept us apart, and the answer that it is storing now may be the reason of our refusal. An earlier note of
 * this process tells nothing to wait for: its request has ended.
 */
async function readAfterOthers(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { grant: spent }: Refusal,
): Promise<StoredGrant | { reason: SignedOutReason }> {
  const { clock, scheduler } = parts.surroundings
  for (;;) {
    const grant = await readGrant(store, target)
    if ("reason" in grant || grant.generation > spent.generation) return grant
    const foreign = [grant.intent, spent.intent].some(
      (intent) =>
        intent?.tokenHash === spent.tokenHash &&
        !isOurs(parts, intent) &&
        clock.now() < intent.at + parts.refresh.lease,
    )
    if (!foreign) return grant
    await sleep(scheduler, 0.25)
  }
}
