/** Ends what the provider has ended. */
import type { Seconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import { accountTasks } from "../linked/account-task.ts"
import { tasksOfEnding } from "../outbox/after-ending.ts"
import { perform, remember } from "../outbox/perform.ts"
import { toOutboxEntry } from "../outbox/work.ts"
import { makeSilentOffer } from "../silent/make-offer.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { Parts } from "./parts.ts"

/** Seconds after which somebody else clears away, if this process dies meanwhile. */
const clearedWithin: Seconds = 30

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
  // Noted before or with the end, should this process die: an account row can be looked at needlessly, the session row
  // of a login that lives on must not be touched.
  const rows = accountTasks(parts, [grant], "end")
  await remember(parts, store, rows, clearedWithin)
  const tasks = login ? await tasksOfEnding(parts, login) : rows
  const outbox = await Promise.all(tasks.map((task) => toOutboxEntry(parts, task, at + clearedWithin)))
  if (login && reason === "rotation_lost") await makeSilentOffer(parts, store, login, grant)
  const outcome = await store.endGrant({ grant, held: grant, reason, at, tombstoneUntil, outbox })
  if (outcome === "login_ended") {
    parts.emit({ type: "session.ended", loginId: grant.loginId, user: login?.user ?? "", reason })
  }
  await perform(parts, store, outcome === "login_ended" ? tasks : rows)
  return outcome === "conflict" ? "look_again" : "ended"
}
