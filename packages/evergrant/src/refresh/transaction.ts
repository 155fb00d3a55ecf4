/**
 * The refresh transaction: lease → re-read → intent → one token request → compare-and-set → claims → release.
 *
 * The order is the safety. The intent is written before the refresh token is spent, so that a lost answer can be
 * told from a user who is out. The new tokens are stored before anything else that may fail. The compare-and-set
 * on the spent token decides who is right, not the lease.
 */
import { sleep } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import { accountTasks } from "../linked/account-task.ts"
import { perform, remember } from "../outbox/perform.ts"
import type { Task } from "../outbox/work.ts"
import { classifyRefreshFailure, type RefreshFailure } from "../provider/failure.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { exchangeRefreshToken } from "../provider/refresh-grant.ts"
import { revokeRefreshToken } from "../provider/revocation.ts"
import type { GrantStore, RefreshGuard } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { GrantClaims } from "../store/vault.ts"
import { type TokenResponse, type TokenSet, toTokenSet } from "../tokens/token-set.ts"
import { noteFailure, noteSuccess } from "./backoff.ts"
import { collectClaims } from "./collect-claims.ts"
import { endGrant } from "./end-grant.ts"
import { takeLease } from "./lease.ts"
import { openRecord } from "./open-record.ts"
import type { Parts } from "./parts.ts"
import { persistRotation } from "./persist-rotation.ts"

/** Which grant, as the caller saw it. */
export interface RefreshTarget {
  /** How its login is found: by the handle of a request, or outside of one by its id. */
  login: { handleHash: string } | { loginId: string }
  grant: StoredGrant
  forced: boolean
}

export type RefreshOutcome =
  | { status: "refreshed"; grant: StoredGrant }
  | { status: "ended"; reason: SignedOutReason }
  | { status: "unavailable"; retryAt: number; failure: RefreshFailure }

/** Seconds after which the account row is written by somebody else: longer than a token request may take. */
const followedWithin = 90

/** Key of everything that is kept per grant: flight, lease, back-off. */
export function grantName(parts: Parts, { loginId, provider, providerAccountId }: StoredGrant): string {
  return JSON.stringify([parts.namespace, loginId, provider, providerAccountId])
}

/**
 * Runs the transaction once. Call it through `refreshGrant`, which shares it within the process.
 *
 * @throws {StoreError} The store failed; nothing was sent, or what was received could not be stored.
 */
export async function runRefresh(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const store = await parts.vault.store()
  const owner = parts.vault.newId("ow")
  const wish = { name: `refresh ${grantName(parts, target.grant)}`, owner, duration: parts.refresh.lease }
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
  const grant = await readGrant(store, target)
  if ("reason" in grant) return { status: "ended", reason: grant.reason }
  const provider = parts.provider(grant.provider)
  if (!provider) return { status: "ended", reason: "grant_revoked" }
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  if (!tokens) return { status: "ended", reason: "unreadable_session" }

  const guard: RefreshGuard = { grant, generation: grant.generation, tokenHash: grant.tokenHash }
  const begun = await store.beginRefresh(guard, { owner, at: startedAt })
  if (begun !== "stored") return afterLostRace(store, target)
  // Before the token is spent: should this process die, somebody else brings the account row to its successor.
  const follow = accountTasks(parts, [grant], `generation ${grant.generation + 1}`)
  await remember(parts, store, follow, followedWithin)

  // A note that was left behind for this very token: an earlier answer was lost, or never came.
  const recovering = grant.intent?.tokenHash === grant.tokenHash
  let response: TokenResponse
  try {
    response = await exchangeRefreshToken(provider, tokens.refreshToken)
  } catch (error) {
    const failure = classifyRefreshFailure(error)
    if (failure.kind === "terminal")
      return endAfterRefusal(parts, store, target, { grant, owner, recovering })
    if (!failure.ambiguous && !recovering) await store.cancelRefresh(guard, owner).catch(() => {})
    return noteUnavailable(parts, grant, failure)
  }

  const next = toTokenSet(response, startedAt, tokens)
  const persisted = await persistRotation(parts, store, guard, grant, next)
  if (persisted !== "stored") {
    const outcome = await afterLostRace(store, target)
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
    follow,
  })
}

interface Rotation {
  provider: OidcProvider
  /** As it was before the rotation. */
  grant: StoredGrant
  tokens: TokenSet
  idToken: string | null
  startedAt: number
  recovering: boolean
  /** What follows the rotation in the account table. */
  follow: Task[]
}

async function settleClaims(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { provider, grant, tokens, idToken, startedAt, recovering, follow }: Rotation,
): Promise<RefreshOutcome> {
  const generation = grant.generation + 1
  const about = { loginId: grant.loginId, provider: grant.provider }
  const previous = await openClaims(parts, grant)
  const fresh = { accessToken: tokens.accessToken, idToken, sub: grant.sub }
  const collected = await collectClaims(provider, parts.claims, fresh, previous, (problem) =>
    parts.emit({ ...problem, ...about }),
  )
  if (collected.status === "subject_changed") {
    const current = await readGrant(store, target)
    if (!("reason" in current)) await endGrant(parts, store, current, "subject_changed")
    await revokeRefreshToken(provider, tokens.refreshToken)
    return { status: "ended", reason: "subject_changed" }
  }
  await perform(parts, store, follow)
  await store.writeClaims(
    grant,
    generation,
    await parts.vault.sealClaims(grant, generation, collected.claims),
  )

  noteSuccess(grantName(parts, grant))
  const took = parts.surroundings.clock.now() - startedAt
  parts.emit({ type: "tokens.refreshed", ...about, generation, took, forced: target.forced })
  if (recovering) parts.emit({ type: "tokens.recovered", ...about, generation })
  return afterLostRace(store, target)
}

/** The store's word on the grant, whoever wrote it. */
async function afterLostRace(store: GrantStore, target: RefreshTarget): Promise<RefreshOutcome> {
  const grant = await readGrant(store, target)
  return "reason" in grant ? { status: "ended", reason: grant.reason } : { status: "refreshed", grant }
}

/** A refused refresh token. */
interface Refusal {
  /** As it was before the token was presented. */
  grant: StoredGrant
  owner: string
  recovering: boolean
}

async function endAfterRefusal(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  refusal: Refusal,
): Promise<RefreshOutcome> {
  const grant = await readAfterOthers(parts, store, target, refusal)
  if ("reason" in grant) return { status: "ended", reason: grant.reason }
  // Somebody rotated between our reading and the refusal: the refusal was about a token that is no longer ours.
  if (grant.generation > refusal.grant.generation) return { status: "refreshed", grant }
  const reason = refusal.recovering ? "rotation_lost" : "provider_session_ended"
  if ((await endGrant(parts, store, grant, reason)) === "look_again") return afterLostRace(store, target)
  const about = { loginId: grant.loginId, provider: grant.provider }
  parts.emit({ type: "refresh.failed", ...about, kind: "terminal", code: reason })
  return { status: "ended", reason }
}

/**
 * Reads the grant again. Where somebody else noted an intent for the same token within the length of a lease, the
 * lease has not kept us apart, and the answer that they are storing now may be the reason of our refusal.
 */
async function readAfterOthers(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { grant: spent, owner }: Refusal,
): Promise<StoredGrant | { reason: SignedOutReason }> {
  const { clock, scheduler } = parts.surroundings
  for (;;) {
    const grant = await readGrant(store, target)
    if ("reason" in grant || grant.generation > spent.generation) return grant
    const foreign = [grant.intent, spent.intent].some(
      (intent) =>
        intent?.tokenHash === spent.tokenHash &&
        intent.owner !== owner &&
        clock.now() < intent.at + parts.refresh.lease,
    )
    if (!foreign) return grant
    await sleep(scheduler, 0.25)
  }
}

function noteUnavailable(parts: Parts, grant: StoredGrant, failure: RefreshFailure): RefreshOutcome {
  const retryAt = noteFailure(grantName(parts, grant), parts.surroundings, failure.retryAfter)
  const about = { provider: grant.provider, code: failure.code }
  if (failure.kind === "configuration") {
    const remedy = `Check client id, secret and authentication method of provider "${grant.provider}"; refreshing resumes by itself.`
    parts.emit({ type: "provider.misconfigured", ...about, remedy, retryAt })
  } else {
    parts.emit({ type: "refresh.failed", ...about, loginId: grant.loginId, kind: "transient", retryAt })
  }
  return { status: "unavailable", retryAt, failure }
}

async function readGrant(
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

async function openClaims(parts: Parts, grant: StoredGrant): Promise<GrantClaims | undefined> {
  return parts.vault.openClaims(grant).catch(() => undefined)
}
