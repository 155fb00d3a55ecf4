/** Serves an access token of one grant: as it is, or after a refresh. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import { ProviderUnavailableError, ScopeError, type SignedOutReason } from "../errors.ts"
import { endGrant } from "../refresh/end-grant.ts"
import { openRecord } from "../refresh/open-record.ts"
import type { Parts } from "../refresh/parts.ts"
import { planFor } from "../refresh/plan.ts"
import { refreshAhead, refreshGrant } from "../refresh/refresh-grant.ts"
import type { RefreshTarget } from "../refresh/refresh-target.ts"
import { wantedTimes, wasRenewed } from "../refresh/wanted-token.ts"
import type { StoredGrant } from "../store/records.ts"
import { findVariant } from "../tokens/held-variants.ts"

export interface AccessToken {
  accessToken: string
  expiresAt: EpochSeconds
  provider: string
  /** What the provider has granted: it may be less than what was asked for. */
  scope: string | null
}

export type Served =
  | { token: AccessToken }
  /** No token. `final`: another look would not tell more. */
  | { reason: SignedOutReason; final: boolean }

const unreadable: Served = { reason: "unreadable_session", final: true }

/**
 * Serves a token.
 *
 * @throws {ProviderUnavailableError} The token has expired and the provider cannot be asked now.
 * @throws {ScopeError} `scope_refused`: the provider gives no token for this variant.
 * @throws {StoreError} `store_unavailable`.
 */
export async function serveToken(
  parts: Parts,
  target: RefreshTarget,
  wish: { minValidity?: Seconds },
): Promise<Served> {
  const { grant } = target
  const now = parts.surroundings.clock.now()
  const times = await wantedTimes(parts, target, grant)
  if (!times) return unreadable
  const wished = { minValidity: wish.minValidity ?? 0, force: target.forced }
  const plan = planFor(parts, grant, wished, times)

  switch (plan.do) {
    case "end":
      await endGrant(parts, await parts.vault.store(), grant, "provider_session_expired")
      return { reason: "provider_session_expired", final: false }
    case "unavailable":
      throw unavailable(grant, plan.retryAfter)
    case "serve":
      return open(parts, target, grant)
    case "serve_and_refresh": {
      const outcome = await refreshAhead(parts, target)
      if (outcome?.status === "ended") return { reason: outcome.reason, final: false }
      return open(parts, target, outcome?.status === "refreshed" ? outcome.grant : grant)
    }
    case "refresh": {
      const outcome = await refreshGrant(parts, target)
      if (outcome.status === "refreshed") return serveRenewed(parts, target, outcome.grant, wish)
      if (outcome.status === "ended") return { reason: outcome.reason, final: false }
      // Too short a validity is better than none; a forced refresh that failed is not papered over.
      if (!target.forced && times.expiresAt > parts.surroundings.clock.now())
        return open(parts, target, grant)
      if (outcome.status === "refused") throw refused(grant)
      const retryAt = outcome.status === "unavailable" ? outcome.retryAt : now
      throw unavailable(grant, retryAt - parts.surroundings.clock.now())
    }
  }
}

/**
 * Serves what a refresh has brought. Where another process rotated for a token that is not ours, ours is still to be
 * asked for: with each round the generation has grown, and under the lease ours comes next.
 */
async function serveRenewed(
  parts: Parts,
  target: RefreshTarget,
  grant: StoredGrant,
  wish: { minValidity?: Seconds },
): Promise<Served> {
  const isNewer = grant.generation > target.grant.generation
  const isOurs = (target.forced && !target.variant) || (await wasRenewed(parts, target, grant))
  return isOurs || !isNewer ? open(parts, target, grant) : serveToken(parts, { ...target, grant }, wish)
}

async function open(parts: Parts, { variant }: RefreshTarget, grant: StoredGrant): Promise<Served> {
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  if (!tokens) return unreadable
  const token = variant ? findVariant(tokens, variant) : tokens
  // Gone over the waiting for provider and store: whoever asks again gets another one.
  if (!token || token.expiresAt <= parts.surroundings.clock.now()) throw unavailable(grant, 1)
  const { accessToken, expiresAt, scope } = token
  return { token: { accessToken, expiresAt: Math.floor(expiresAt), provider: grant.provider, scope } }
}

function refused(grant: StoredGrant): ScopeError {
  return new ScopeError(
    "scope_refused",
    `Provider "${grant.provider}" gives no access token for this scope, resource or audience. Ask for no more than what the user granted: add it to the provider's authorization.params.scope, and let the user sign in again.`,
  )
}

function unavailable(grant: StoredGrant, retryAfter: Seconds): ProviderUnavailableError {
  return new ProviderUnavailableError(
    `Provider "${grant.provider}" cannot be asked for a new access token now.`,
    Math.max(1, Math.ceil(retryAfter)),
  )
}
