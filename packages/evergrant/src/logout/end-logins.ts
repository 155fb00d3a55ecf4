/** Ends logins in this application alone, with everything that hangs on them. */
import type { EpochSeconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import { tasksOfEnding } from "../outbox/after-ending.ts"
import { perform, rememberAndPerform } from "../outbox/perform.ts"
import { type Task, toOutboxEntry } from "../outbox/work.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { LoginSelector, OutboxEntry, StoredLogin } from "../store/records.ts"

/** Seconds after which somebody else clears away, if this process dies meanwhile. */
const clearedWithin = 30

/** What {@link endLogins} did. */
export interface EndedLogins {
  /** As they were. */
  logins: StoredLogin[]
  /** Resolves when their session rows and account rows are cleared, or that is left for later. */
  cleared: Promise<void>
}

/**
 * Writes the tombstones and removes the records, in one step with the note of what is left to clear away: session
 * rows, and tokens in account rows.
 *
 * @throws {StoreError} `store_unavailable`: nothing was ended.
 */
export async function endLogins(
  parts: Parts,
  by: LoginSelector,
  reason: SignedOutReason,
): Promise<EndedLogins> {
  const store = await parts.vault.store()
  const at = parts.surroundings.clock.now()
  const known = await findTasks(parts, store, by, at)
  const outbox: OutboxEntry[] = []
  for (const task of [...known.values()].flat()) {
    outbox.push(await toOutboxEntry(parts, task, at + clearedWithin))
  }
  const logins = await store.endLogins({
    by,
    reason,
    at,
    tombstoneUntil: at + parts.tombstoneLife,
    outbox,
  })
  for (const { loginId, user } of logins) parts.emit({ type: "session.ended", loginId, user, reason })
  return { logins, cleared: clear(parts, store, logins, known) }
}

async function clear(
  parts: Parts,
  store: GrantStore,
  logins: readonly StoredLogin[],
  known: ReadonlyMap<string, Task[]>,
): Promise<void> {
  await perform(parts, store, [...known.values()].flat())
  // Signed in between the look and the end.
  for (const login of logins.filter(({ loginId }) => !known.has(loginId))) {
    await rememberAndPerform(parts, store, await tasksOfEnding(parts, login))
  }
}

/** The tasks of each login that will end. */
async function findTasks(
  parts: Parts,
  store: GrantStore,
  by: LoginSelector,
  at: EpochSeconds,
): Promise<Map<string, Task[]>> {
  const found = new Map<string, Task[]>()
  if (!parts.accounts && !parts.removeSession) return found
  for (const login of await store.listLogins(by)) {
    if (endsAt(login, by, at)) found.set(login.loginId, await tasksOfEnding(parts, login))
  }
  return found
}

/** As `endLogins` of the store: by sid or sub, a login that was first issued later is left alone. */
function endsAt({ grants }: StoredLogin, by: LoginSelector, at: EpochSeconds): boolean {
  if ("loginId" in by || "user" in by) return true
  return grants.some(
    (grant) =>
      grant.issuer === by.issuer &&
      grant.clientId === by.clientId &&
      ("sid" in by ? grant.sid === by.sid : grant.sub === by.sub) &&
      grant.firstIssuedAt <= at,
  )
}
