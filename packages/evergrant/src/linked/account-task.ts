/** The task that brings an account row to its newest tokens. */
import type { Task } from "../outbox/work.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import { type AccountIdentity, toAccountIdentity } from "./account-identity.ts"
import type { SyncCause } from "./sync-account.ts"

/**
 * Names the task by what calls for it, so that two causes are two entries and neither takes the other's away.
 *
 * @param attempt Tells one of several such causes from another: the owner of a refresh, whose note must not be taken for
 *   done because that of an earlier attempt at the same token is.
 */
export function accountTasks(
  parts: Parts,
  grants: readonly (AccountIdentity & Pick<StoredGrant, "loginId">)[],
  cause: SyncCause,
  attempt?: string,
): Task[] {
  if (!parts.accounts) return []
  return grants.map((grant) => ({
    id: JSON.stringify(["account", grant.loginId, grant.provider, grant.providerAccountId, cause, attempt]),
    work: { kind: "account.sync", account: toAccountIdentity(grant), cause },
  }))
}
