/** Ends what the provider has ended. */
import type { SignedOutReason } from "../errors.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { Parts } from "./parts.ts"

/**
 * Removes a grant; with the last one its login ends, everywhere at once. Only what was judged is ended: a grant that
 * was rotated since it was read is another one, and the caller has to look again.
 */
export async function endGrant(
  parts: Parts,
  store: GrantStore,
  grant: StoredGrant,
  reason: SignedOutReason,
): Promise<"ended" | "look_again"> {
  const at = parts.surroundings.clock.now()
  const [login] = await store.listLogins({ loginId: grant.loginId })
  const tombstoneUntil = at + parts.tombstoneLife
  const outcome = await store.endGrant({ grant, held: grant, reason, at, tombstoneUntil })
  if (outcome === "login_ended") {
    parts.emit({ type: "session.ended", loginId: grant.loginId, user: login?.user ?? "", reason })
  }
  return outcome === "conflict" ? "look_again" : "ended"
}
