/** The store's word on a grant. */
import type { SignedOutReason } from "../errors.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { RefreshOutcome, RefreshTarget } from "./refresh-target.ts"

/** Reads the grant of a target as it is now, or the reason why it is over. */
export async function readGrant(
  store: GrantStore,
  target: RefreshTarget,
): Promise<StoredGrant | { reason: SignedOutReason }> {
  const login =
    "handleHash" in target.login
      ? await store.readLogin(target.login.handleHash)
      : (await store.listLogins(target.login))[0]
  if (!login) return { reason: "unknown_session" }
  if (login.status === "ended") return { reason: login.reason }
  const { provider, providerAccountId } = target.grant
  return (
    login.grants.find((g) => g.provider === provider && g.providerAccountId === providerAccountId) ?? {
      reason: "grant_revoked",
    }
  )
}

/** What has become of a grant, whoever wrote it. */
export async function readOutcome(store: GrantStore, target: RefreshTarget): Promise<RefreshOutcome> {
  const grant = await readGrant(store, target)
  return "reason" in grant ? { status: "ended", reason: grant.reason } : { status: "refreshed", grant }
}
