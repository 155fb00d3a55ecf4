/**
 * The offer of one silent sign-in: what is known of a login that was lost with its last rotation. It is kept as a login
 * of its own, without grants and without a handle, so that every store can hold it, and give it away once.
 */
import type { Parts } from "../refresh/parts.ts"
import type { LoginRecord } from "../store/records.ts"

/** Whom a silent sign-in may bring back, and nobody else. */
export interface SilentOffer {
  /** The login that was lost. */
  loginId: string
  /** The application's user. */
  user: string
  /** The provider of the sign-in, by its Auth.js id. */
  provider: string
  /** As it was configured when the login was lost: `sub` means somebody else at another issuer. */
  issuer: string
  providerAccountId: string
  /** The user at the provider. */
  sub: string
}

/** The id of the record that holds the offer of a login. */
export function offerId(loginId: string): string {
  return `${loginId}.silent`
}

/** Where the record is found. It is no hash, so that no handle leads there. */
export function offerKey(loginId: string): string {
  return `silent ${loginId}`
}

/** Seals an offer. It ends when the login itself would have ended. */
export async function toOfferRecord(
  parts: Parts,
  offer: SilentOffer,
  lost: LoginRecord,
): Promise<LoginRecord> {
  const loginId = offerId(offer.loginId)
  const content = { token: { ...offer }, provider: offer.provider }
  return {
    loginId,
    // Not the user's: whoever lists the logins of a user must not find one that nobody is signed in with.
    user: "",
    createdAt: parts.surroundings.clock.now(),
    expiresAt: lost.expiresAt,
    revision: 1,
    sealedLogin: await parts.vault.sealLogin(loginId, 1, content),
  }
}

/** Opens what {@link toOfferRecord} sealed; nothing if it cannot be opened. */
export async function openOffer(parts: Parts, record: LoginRecord): Promise<SilentOffer | undefined> {
  const content = await parts.vault.openLogin(record).catch(() => undefined)
  return content?.token as unknown as SilentOffer | undefined
}
