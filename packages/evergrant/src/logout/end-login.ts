/** Ends a login in this application alone. */
import type { SignedOutReason } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import { endSilentOffer } from "../silent/end-offer.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { type EndedLogins, endLogins } from "./end-logins.ts"

/**
 * Tombstones the login behind a handle and removes its records. A login that was lost before is over already: what is left
 * of it is the silent sign-in that would bring it back, which nobody wants after this.
 *
 * @returns No login, if it was not live.
 * @throws {StoreError} `store_unavailable`: nothing was ended.
 */
export async function endLogin(parts: Parts, handle: string, reason: SignedOutReason): Promise<EndedLogins> {
  const store = await parts.vault.store()
  const login = await store.readLogin(await hashSecret(handle))
  if (login?.status === "ended" && login.reason === "rotation_lost") {
    await endSilentOffer(parts, store, login.loginId)
  }
  if (login?.status !== "live") return { logins: [], cleared: Promise.resolve() }
  return endLogins(parts, { loginId: login.loginId }, reason)
}
