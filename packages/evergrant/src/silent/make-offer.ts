/** Remembers whom a silent sign-in may bring back, before the login that knows it is gone. */
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant, StoredLogin } from "../store/records.ts"
import { offerKey, toOfferRecord } from "./offer.ts"

/**
 * Makes the offer for a login that is about to end with `grant`, if that is its last one and came from its sign-in.
 * A login that lives on with other grants gets none, and neither does one whose sign-in's grant was gone before.
 *
 * An offer for a login that turns out to live is no harm: only a login that ended with `rotation_lost` leads to it. Of
 * several the first stands, and one that was taken is never made again. Never throws: the end of the login is not held
 * up by a convenience.
 */
export async function makeSilentOffer(
  parts: Parts,
  store: GrantStore,
  login: StoredLogin,
  grant: StoredGrant,
): Promise<void> {
  const content = await parts.vault.openLogin(login).catch(() => undefined)
  const provider = parts.provider(grant.provider)
  if (login.grants.length !== 1 || grant.provider !== content?.provider || !provider) return
  const { loginId, providerAccountId, sub } = grant
  try {
    const about = { loginId, user: login.user, provider: grant.provider, providerAccountId, sub }
    const record = await toOfferRecord(parts, { ...about, issuer: provider.config.issuer }, login)
    await store.createLogin(record, offerKey(loginId), [])
  } catch {
    parts.emit({ type: "store.unavailable", operation: "silent offer" })
  }
}
