/** Ends what the provider has ended. */
import type { SignedOutReason } from "../errors.ts"
import type { Parts } from "../session/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"

/** Removes a grant; with the last one its login ends, everywhere at once. */
export async function endGrant(
  parts: Parts,
  store: GrantStore,
  grant: StoredGrant,
  reason: SignedOutReason,
): Promise<void> {
  const at = parts.surroundings.clock.now()
  const [login] = await store.listLogins({ loginId: grant.loginId })
  const ended = await store.endGrant({ grant, reason, at, tombstoneUntil: at + parts.tombstoneLife })
  if (ended === "login_ended") {
    parts.emit({ type: "session.ended", loginId: grant.loginId, user: login?.user ?? "", reason })
  }
}
