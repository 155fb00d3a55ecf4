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
import type { GrantStore, RefreshGuard, WriteOutcome } from "../store/grant-store.ts"
import { endAfterRefusal } from "./after-refusal.ts"
import { askProvider } from "./ask-provider.ts"
import { followAccount, followAfterRefusal } from "./follow-account.ts"
import { type Lease, takeLease } from "./lease.ts"
import { noteUnavailable } from "./note-unavailable.ts"
import { openRecord } from "./open-record.ts"
import type { Parts } from "./parts.ts"
import { sealRotation } from "./persist-rotation.ts"
import { newOwner, readAfterHolder } from "./read-after-holder.ts"
import { readGrant, readOutcome } from "./read-grant.ts"
import { leaseName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"
import { isVariantRefusal } from "./refused-variant.ts"
import { revokeOrphan } from "./revoke-orphan.ts"
import { rotatedTokens } from "./rotated-tokens.ts"
import { settleClaims } from "./settle-claims.ts"
import { insteadOfSpending, persistOrKeep, savingOf } from "./unsaved.ts"
import { wasRenewed } from "./wanted-token.ts"

/** Seconds after which the account row is written by somebody else: longer than a token request may take. */
const followedWithin = 90

/**
 * Runs the transaction once. Call it through `refreshGrant`, which shares it within the process.
 *
 * @throws {StoreError} The store failed, and nothing was spent.
 */
export async function runRefresh(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const unsaved = insteadOfSpending(parts, target)
  if (unsaved) return { status: "refreshed", grant: unsaved }
  const store = await parts.vault.store()
  const owner = newOwner(parts)
  const wish = { name: `refresh ${leaseName(parts, target.grant)}`, owner, duration: parts.refresh.lease }
  const lease = await takeLease(store, parts.surroundings, wish, async () => {
    insteadOfSpending(parts, target)
    return resultOfAnother(parts, target, await readGrant(store, target))
  })
  if ("found" in lease) return lease.found
  const { loginId, provider } = target.grant
  if (!lease.held) parts.emit({ type: "lease.unavailable", loginId, provider })
  try {
    const unavailable = await askForMetadata(parts, target)
    if (unavailable) return unavailable
    for (;;) {
      const current = await readAfterHolder(parts, store, target, lease.held)
      const found = await resultOfAnother(parts, target, current)
      const outcome = found ?? (await spend(parts, store, target, { owner, lease }))
      if (outcome !== "noted_by_another") return outcome
    }
  } finally {
    // While a rotation that could not be stored is written, the right to spend stays here. Nobody waits for that.
    const saving = savingOf(parts, target.grant)
    if (saving) saving.then(() => lease.release())
    else await lease.release()
  }
}

/**
 * Has the provider's metadata at hand before the grant is read: whatever is waited for between reading, note and request
 * is time in which a holder that was frozen may spend and replace the token that is about to be sent.
 */
async function askForMetadata(parts: Parts, { grant }: RefreshTarget): Promise<RefreshOutcome | undefined> {
  try {
    await parts.provider(grant.provider)?.metadata()
    return undefined
  } catch (error) {
    return noteUnavailable(parts, grant, classifyRefreshFailure(error, parts.surroundings.clock.now()))
  }
}

/** What somebody else has made of the grant since the caller looked; nothing, if a refresh is still to be done. */
async function resultOfAnother(
  parts: Parts,
  target: RefreshTarget,
  grant: Awaited<ReturnType<typeof readGrant>>,
): Promise<RefreshOutcome | undefined> {
  if ("reason" in grant) return { status: "ended", reason: grant.reason }
  return !target.forced && (await wasRenewed(parts, target, grant))
    ? { status: "refreshed", grant }
    : undefined
}

async function spend(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  turn: { owner: string; lease: Lease },
): Promise<RefreshOutcome | "noted_by_another"> {
  const { owner, lease } = turn
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

  // Whoever has it now may be spending this very token. Its turn is waited for, as from the beginning.
  if (await lease.isLost()) return runRefresh(parts, target)
  const guard: RefreshGuard = { grant, generation: grant.generation, tokenHash: grant.tokenHash }
  const begun = await store.beginRefresh(guard, {
    owner,
    at: parts.surroundings.clock.now(),
    instead: grant.intent?.owner ?? null,
  })
  if (begun !== "stored") {
    const outcome = await readOutcome(store, target)
    const isUnchanged = outcome.status === "refreshed" && outcome.grant.generation === grant.generation
    return begun === "conflict" && isUnchanged ? "noted_by_another" : outcome
  }
  // Before the token is spent: should this process die, somebody else brings the account row to its successor.
  const follow = accountTasks(parts, [grant], "refresh", owner)
  await remember(parts, store, follow, followedWithin)

  const asked = await askProvider(parts, provider, tokens.refreshToken, target)
  // A note that was left behind for this very token: an earlier answer was lost, or never came.
  const recovering = asked.repeated || grant.intent?.tokenHash === grant.tokenHash
  if ("failure" in asked) {
    const { failure } = asked
    if (failure.kind === "terminal") {
      const refused = await followAfterRefusal(parts, store, target, { grant, provider }, tokens)
      if ("outcome" in refused) return refused.outcome
      if (refused.tokens !== tokens) return spend(parts, store, target, turn)
      return endAfterRefusal(parts, store, target, { grant, recovering })
    }
    for (const { id } of follow) await store.completeOutbox(id).catch(() => {})
    if (!failure.ambiguous && !recovering) await store.cancelRefresh(guard, owner).catch(() => {})
    if (isVariantRefusal(target, failure)) return { status: "refused" }
    return noteUnavailable(parts, grant, failure)
  }

  const next = rotatedTokens(target, followed, asked.response, startedAt)
  const idToken = asked.response.id_token ?? null
  const settle = async (persisted: WriteOutcome): Promise<RefreshOutcome> => {
    if (persisted === "stored") {
      const about = { provider, grant, tokens: next, idToken, startedAt, recovering, follow }
      return settleClaims(parts, store, target, { ...about, adopted: false })
    }
    if (persisted === "conflict") return readOutcome(store, target)
    // The login ended while its refresh was under way.
    return revokeOrphan(parts, store, target, { provider, refreshToken: next.refreshToken })
  }
  const rotated = await sealRotation(parts, guard, grant, next)
  const persisted = await persistOrKeep(parts, store, rotated, settle)
  return persisted === "unsaved" ? { status: "refreshed", grant: rotated.grant } : settle(persisted)
}
