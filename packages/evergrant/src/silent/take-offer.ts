/** Takes the one silent sign-in that is offered. */
import type { Parts } from "../refresh/parts.ts"
import { endSilentOffer } from "./end-offer.ts"
import { findSilentOffer } from "./find-offer.ts"
import type { SilentOffer } from "./offer.ts"

/**
 * Takes the offer of the login that a handle led to. One caller of all that ask gets it: of two tabs, two processes, and
 * a browser that keeps no cookie and comes again.
 *
 * @throws {StoreError} `store_unavailable`: whether it was taken is unknown, and nothing may be started.
 */
export async function takeSilentOffer(parts: Parts, handle: string): Promise<SilentOffer | undefined> {
  const offer = await findSilentOffer(parts, handle)
  if (!offer) return undefined
  return (await endSilentOffer(parts, await parts.vault.store(), offer.loginId)) ? offer : undefined
}
