/** The newest issue over all live logins of an account. */
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { AccountIdentity } from "./account-identity.ts"

/** Finds the grant of the account whose tokens were received last; nothing when no live login holds one. */
export async function newestGrant(
  store: GrantStore,
  { provider, providerAccountId, ...by }: AccountIdentity,
): Promise<StoredGrant | undefined> {
  const { issuer, clientId, sub } = by
  const logins = await store.listLogins({ issuer, clientId, sub })
  return logins
    .flatMap(({ grants }) => grants)
    .filter((grant) => grant.provider === provider && grant.providerAccountId === providerAccountId)
    .reduce<StoredGrant | undefined>(newerOf, undefined)
}

/** A tie is broken the same way by everybody, or two processes would go on correcting each other. */
function newerOf(one: StoredGrant | undefined, other: StoredGrant): StoredGrant {
  if (!one || other.receivedAt > one.receivedAt) return other
  return other.receivedAt === one.receivedAt && other.loginId > one.loginId ? other : one
}
