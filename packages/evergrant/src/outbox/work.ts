/** Work that must be done some time, although it cannot be done now or the process ends. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import type { AccountIdentity } from "../linked/account-identity.ts"
import type { SyncCause } from "../linked/sync-account.ts"
import type { Parts } from "../refresh/parts.ts"
import type { OutboxEntry } from "../store/records.ts"

/** What is to be done. Names things and holds no token of a provider: what it finds when it is done counts. */
export type Work =
  /** The account row is brought to the newest tokens of its account. */
  | { kind: "account.sync"; account: AccountIdentity; cause: SyncCause }
  /** The session row of an ended login is removed. */
  | { kind: "session.remove"; sessionToken: string }

/** Work with the name under which it is remembered. */
export interface Task {
  id: string
  work: Work
}

/** Seconds for which work is tried again before it is given up. */
const workLife: Seconds = 7 * 24 * 3600

/** Makes the entry that remembers a task. */
export async function toOutboxEntry(
  parts: Parts,
  { id, work }: Task,
  dueAt: EpochSeconds,
): Promise<OutboxEntry> {
  return {
    id,
    kind: work.kind,
    sealedPayload: await parts.vault.sealWork(id, work),
    dueAt,
    expiresAt: parts.surroundings.clock.now() + workLife,
    attempts: 0,
  }
}
