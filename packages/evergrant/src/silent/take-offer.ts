/** Takes the one silent sign-in that is offered. */
import type { Parts } from "../refresh/parts.ts"
import { findSilentOffer } from "./find-offer.ts"
import { offerId, type SilentOffer } from "./offer.ts"

/**
 * Takes the offer of the login that a handle led to. The store ends a record once, so one caller of all that ask gets
 * it: of two tabs, two processes, and a browser that keeps no cookie and comes again.
 *
 * @throws {StoreError} `store_unavailable`: whether it was taken is unknown, and nothing may be started.
 */
export async function takeSilentOffer(parts: Parts, handle: string): Promise<SilentOffer | undefined> {
  const offer = await findSilentOffer(parts, handle)
  if (!offer) return undefined
  const at = parts.surroundings.clock.now()
  const taken = await (await parts.vault.store()).endLogins({
    by: { loginId: offerId(offer.loginId) },
    reason: "rotation_lost",
    at,
    tombstoneUntil: at + parts.tombstoneLife,
  })
  return taken.length > 0 ? offer : undefined
}
