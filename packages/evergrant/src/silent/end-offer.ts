/** Takes the offer of a silent sign-in back. */
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import { offerId } from "./offer.ts"

/** From now on nobody gets it. @throws {StoreError} `store_unavailable`: it may still be taken. */
export async function dropSilentOffer(
  { surroundings, tombstoneLife }: Parts,
  store: GrantStore,
  loginId: string,
): Promise<void> {
  const at = surroundings.clock.now()
  const by = { loginId: offerId(loginId) }
  await store.endLogins({ by, reason: "signed_out", at, tombstoneUntil: at + tombstoneLife })
}
