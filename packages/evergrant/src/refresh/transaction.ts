/**
 * The refresh transaction: lease → re-read → intent → one token request → compare-and-set → claims → release.
 *
 * The order is the safety. The intent is written before the refresh token is spent, so that a lost answer can be
 * told from a user who is out. The new tokens are stored before anything else that may fail. The compare-and-set
 * on the spent token decides who is right, not the lease.
 */
import { accountTasks } from "../linked/account-task.ts"
import { remember } from "../outbox/perform.ts"
import { classifyRefreshFailure } from "../provider/failure.ts"
import { exchangeRefreshToken } from "../provider/refresh-grant.ts"
import { revokeRefreshToken } from "../provider/revocation.ts"
import type { GrantStore, RefreshGuard } from "../store/grant-store.ts"
import { type TokenResponse, toTokenSet } from "../tokens/token-set.ts"
import { endAfterRefusal } from "./after-refusal.ts"
import { followAccount, followAfterRefusal } from "./follow-account.ts"
import { takeLease } from "./lease.ts"
import { noteUnavailable } from "./note-unavailable.ts"
import { openRecord } from "./open-record.ts"
import type { Parts } from "./parts.ts"
import { persistRotation } from "./persist-rotation.ts"
import { readGrant, readOutcome } from "./read-grant.ts"
import { leaseName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { settleClaims } from "./settle-claims.ts"

/** Seconds after which the account row is written by somebody else: longer than a token request may take. */
const followedWithin = 90

/**
 * Runs the transaction once. Call it through `refreshGrant`, which shares it within the process.
 *
 * @throws {StoreError} The store failed; nothing was sent, or what was received could not be stored.
 */
export async function runRefresh(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const store = await parts.vault.store()
  const owner = parts.vault.newId("ow")
  const wish = { name: `refresh ${leaseName(parts, target.grant)}`, owner, duration: parts.refresh.lease }
  const lease = await takeLease(store, parts.surroundings, wish, () => resultOfAnother(store, target))
  if ("found" in lease) return lease.found
  try {
    return (await resultOfAnother(store, target)) ?? (await spend(parts, store, target, owner))
  } finally {
    await lease.release()
  }
}

/** What somebody else has made of the grant since the caller looked; nothing, if a refresh is still to be done. */
async function resultOfAnother(
  store: GrantStore,
  target: RefreshTarget,
): Promise<RefreshOutcome | undefined> {
  const grant = await readGrant(store, target)
  if ("reason" in grant) return { status: "ended", reason: grant.reason }
  return !target.forced && grant.generation > target.grant.generation
    ? { status: "refreshed", grant }
    : undefined
}

async function spend(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  owner: string,
): Promise<RefreshOutcome> {
  const startedAt = parts.surroundings.clock.now()
  const held = await readGrant(store, target)
  if ("reason" in held) return { status: "ended", reason: held.reason }
  const provider = parts.provider(held.provider)
  if (!provider) return { status: "ended", reason: "grant_revoked" }
  const own = await openRecord(parts, held.loginId, "grant", () => parts.vault.openTokens(held))
  // A rotation takes the claims along: what a newer version has sealed of them would be replaced by nothing.
  const claims = own && (await openRecord(parts, held.loginId, "grant", () => parts.vault.openClaims(held)))
  if (!own || !claims) return { status: "ended", reason: "unreadable_session" }
  const followed = await followAccount(parts, store, target, { grant: held, provider }, own)
  if ("outcome" in followed) return followed.outcome
  const { grant, tokens } = followed

  const guard: RefreshGuard = { grant, generation: grant.generation, tokenHash: grant.tokenHash }
  const begun = await store.beginRefresh(guard, { owner, at: startedAt })
  if (begun !== "stored") return readOutcome(store, target)
  // Before the token is spent: should this process die, somebody else brings the account row to its successor.
  const follow = accountTasks(parts, [grant], "refresh", owner)
  await remember(parts, store, follow, followedWithin)

  // A note that was left behind for this very token: an earlier answer was lost, or never came.
  const recovering = grant.intent?.tokenHash === grant.tokenHash
  let response: TokenResponse
  try {
    response = await exchangeRefreshToken(provider, tokens.refreshToken)
  } catch (error) {
    const failure = classifyRefreshFailure(error)
    if (failure.kind === "terminal") {
      const refused = await followAfterRefusal(parts, store, target, { grant, provider }, tokens)
      if ("outcome" in refused) return refused.outcome
      if (refused.tokens !== tokens) return spend(parts, store, target, owner)
      return endAfterRefusal(parts, store, target, { grant, owner, recovering })
    }
    for (const { id } of follow) await store.completeOutbox(id).catch(() => {})
    if (!failure.ambiguous && !recovering) await store.cancelRefresh(guard, owner).catch(() => {})
    return noteUnavailable(parts, grant, failure)
  }

  const next = toTokenSet(response, startedAt, tokens)
  const persisted = await persistRotation(parts, store, guard, grant, next)
  if (persisted !== "stored") {
    const outcome = await readOutcome(store, target)
    // The login ended while its refresh was under way: what the provider has just given must not live on. A login
    // that a new sign-in replaced is spared: revoking would end the provider's session, which is the new one's too.
    const spared = persisted === "conflict" || (outcome.status === "ended" && outcome.reason === "replaced")
    if (!spared) await revokeRefreshToken(provider, next.refreshToken)
    return outcome
  }
  return settleClaims(parts, store, target, {
    provider,
    grant,
    tokens: next,
    idToken: response.id_token ?? null,
    startedAt,
    recovering,
    adopted: false,
    follow,
  })
}
