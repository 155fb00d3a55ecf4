/** Ends a session that has no login: one that is older than Evergrant and lives in its cookie alone. */
import type { Parts } from "../refresh/parts.ts"
import { hashSecret } from "../tokens/token-hash.ts"

/**
 * Creates a login for the handle that the old cookie implies, and ends it: from then on every copy of the cookie
 * leads to an ended login.
 */
export async function endUnboundSession(parts: Parts, handle: string, user: string): Promise<void> {
  const { vault, surroundings, tombstoneLife } = parts
  const at = surroundings.clock.now()
  const loginId = vault.newId("lg")
  const tombstoneUntil = at + tombstoneLife
  const sealedLogin = await vault.sealLogin(loginId, 1, { token: {}, provider: "" })
  const login = { loginId, user, createdAt: at, expiresAt: tombstoneUntil, revision: 1, sealedLogin }
  const store = await vault.store()
  await store.createLogin(login, await hashSecret(handle), [])
  await store.endLogins({ by: { loginId }, reason: "signed_out", at, tombstoneUntil })
  parts.emit({ type: "session.ended", loginId, user, reason: "signed_out" })
}
