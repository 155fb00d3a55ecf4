/** The newest issue over all live logins of an account. */
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { AccountIdentity } from "./account-identity.ts"

/**
 * Finds the grant of the account whose tokens were received last; nothing when no live login holds one.
 *
 * Where the logins share a grant, copies of spent tokens come last: which of two links of one chain is the newer is
 * told by the map of spent tokens, while the clocks of two processes may differ.
 */
export async function newestGrant(
  parts: Parts,
  store: GrantStore,
  { provider, providerAccountId, ...by }: AccountIdentity,
): Promise<StoredGrant | undefined> {
  const { issuer, clientId, sub } = by
  const logins = await store.listLogins({ issuer, clientId, sub })
  const grants = logins
    .flatMap((login) => login.grants)
    .filter((grant) => grant.provider === provider && grant.providerAccountId === providerAccountId)
    .toSorted(newerFirst)
  if (parts.accounts?.source === "row") {
    for (const grant of grants) {
      if ((await store.findSpentToken(grant.tokenHash)) === undefined) return grant
    }
  }
  return grants[0]
}

/** A tie is broken the same way by everybody, or two processes would go on correcting each other. */
function newerFirst(one: StoredGrant, other: StoredGrant): number {
  return other.receivedAt - one.receivedAt || (other.loginId > one.loginId ? 1 : -1)
}
