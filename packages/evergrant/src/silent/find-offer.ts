/** Looks whether a silent sign-in is still offered. */
import type { Parts } from "../refresh/parts.ts"
import { offerKey, openOffer, type SilentOffer } from "./offer.ts"

/**
 * Finds the offer of the login that a handle led to. There is none for a login that lives or that ended for any other
 * reason than `rotation_lost`, and none after it was taken.
 *
 * @throws {StoreError} `store_unavailable`.
 */
export async function findSilentOffer(parts: Parts, handle: string): Promise<SilentOffer | undefined> {
  const lost = await parts.vault.read(handle)
  if (lost?.status !== "ended" || lost.reason !== "rotation_lost") return undefined
  const record = await (await parts.vault.store()).readLogin(offerKey(lost.loginId))
  if (record?.status !== "live") return undefined
  const offer = await openOffer(parts, record)
  if (offer?.loginId !== lost.loginId) return undefined
  return parts.provider(offer.provider)?.config.issuer === offer.issuer ? offer : undefined
}
