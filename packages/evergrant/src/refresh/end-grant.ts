/** Ends what the provider has ended. */
import type { SignedOutReason } from "../errors.ts"
import { accountTasks } from "../linked/account-task.ts"
import { tasksOfEnding } from "../outbox/after-ending.ts"
import { rememberAndPerform } from "../outbox/perform.ts"
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
  if (outcome === "login_ended" && login) {
    await rememberAndPerform(parts, store, await tasksOfEnding(parts, login))
  } else if (outcome === "grant_ended") {
    await rememberAndPerform(parts, store, accountTasks(parts, [grant], "end"))
  }
  return outcome === "conflict" ? "look_again" : "ended"
}
