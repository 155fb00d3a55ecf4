/** Serves the access token of one grant: as it is, or after a refresh. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import { ProviderUnavailableError, type SignedOutReason } from "../errors.ts"
import { endGrant } from "../refresh/end-grant.ts"
import { openRecord } from "../refresh/open-record.ts"
import type { Parts } from "../refresh/parts.ts"
import { planFor } from "../refresh/plan.ts"
import { refreshAhead, refreshGrant } from "../refresh/refresh-grant.ts"
import type { RefreshTarget } from "../refresh/refresh-target.ts"
import type { StoredGrant } from "../store/records.ts"

export interface AccessToken {
  accessToken: string
  expiresAt: EpochSeconds
  provider: string
  scope: string | null
}

export type Served =
  | { token: AccessToken }
  /** No token. `final`: another look would not tell more. */
  | { reason: SignedOutReason; final: boolean }

/**
 * Serves a token.
 *
 * @throws {ProviderUnavailableError} The token has expired and the provider cannot be asked now.
 * @throws {StoreError} `store_unavailable`.
 */
export async function serveToken(
  parts: Parts,
  target: RefreshTarget,
  { minValidity = 0 }: { minValidity?: Seconds },
): Promise<Served> {
  const { grant } = target
  const now = parts.surroundings.clock.now()
  const plan = planFor(parts, grant, { minValidity, force: target.forced })

  switch (plan.do) {
    case "end":
      await endGrant(parts, await parts.vault.store(), grant, "provider_session_expired")
      return { reason: "provider_session_expired", final: false }
    case "unavailable":
      throw unavailable(grant, plan.retryAfter)
    case "serve":
      return open(parts, grant)
    case "serve_and_refresh": {
      const outcome = await refreshAhead(parts, target)
      if (outcome?.status === "ended") return { reason: outcome.reason, final: false }
      return open(parts, outcome?.status === "refreshed" ? outcome.grant : grant)
    }
    case "refresh": {
      const outcome = await refreshGrant(parts, target)
      if (outcome.status === "refreshed") return open(parts, outcome.grant)
      if (outcome.status === "ended") return { reason: outcome.reason, final: false }
      // Too short a validity is better than none; a forced refresh that failed is not papered over.
      if (!target.forced && grant.expiresAt > parts.surroundings.clock.now()) return open(parts, grant)
      const retryAt = outcome.status === "unavailable" ? outcome.retryAt : now
      throw unavailable(grant, retryAt - parts.surroundings.clock.now())
    }
  }
}

async function open(parts: Parts, grant: StoredGrant): Promise<Served> {
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  if (!tokens) return { reason: "unreadable_session", final: true }
  return {
    token: {
      accessToken: tokens.accessToken,
      expiresAt: Math.floor(tokens.expiresAt),
      provider: grant.provider,
      scope: tokens.scope,
    },
  }
}

function unavailable(grant: StoredGrant, retryAfter: Seconds): ProviderUnavailableError {
  return new ProviderUnavailableError(
    `Provider "${grant.provider}" cannot be asked for a new access token now.`,
    Math.max(1, Math.ceil(retryAfter)),
  )
}
