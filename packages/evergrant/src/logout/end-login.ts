/** Ends a login in this application alone. */
import type { SignedOutReason } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredLogin } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"

/**
 * Tombstones the login behind a handle and removes its records.
 *
 * @returns The login as it was; nothing if it was not live.
 * @throws {StoreError} `store_unavailable`: nothing was ended.
 */
export async function endLogin(
  parts: Parts,
  handle: string,
  reason: SignedOutReason,
): Promise<StoredLogin | undefined> {
  const store = await parts.vault.store()
  const login = await store.readLogin(await hashSecret(handle))
  if (login?.status !== "live") return undefined
  const { loginId, user } = login
  const at = parts.surroundings.clock.now()
  await store.endLogins({ by: { loginId }, reason, at, tombstoneUntil: at + parts.tombstoneLife })
  parts.emit({ type: "session.ended", loginId, user, reason })
  return login
}
