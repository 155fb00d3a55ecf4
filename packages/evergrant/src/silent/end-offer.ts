/** Ends the offer of a silent sign-in, because somebody takes it or nobody is to have it any more. */
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import { offerId } from "./offer.ts"

/**
 * Ends the offer that a lost login has left. The store ends a record once: of all callers one is told that it was there.
 *
 * @throws {StoreError} `store_unavailable`: it may still be there.
 */
export async function endSilentOffer(
  { surroundings, tombstoneLife }: Parts,
  store: GrantStore,
  loginId: string,
): Promise<boolean> {
  const at = surroundings.clock.now()
  const by = { loginId: offerId(loginId) }
  const ended = await store.endLogins({ by, reason: "signed_out", at, tombstoneUntil: at + tombstoneLife })
  return ended.length > 0
}
