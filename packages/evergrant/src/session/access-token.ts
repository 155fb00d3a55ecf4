/** An access token that is good now. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import { NoGrantError, ProviderUnavailableError, SignedOutError } from "../errors.ts"
import { notBefore } from "../refresh/backoff.ts"
import { decide } from "../refresh/decide.ts"
import { endGrant } from "../refresh/end-grant.ts"
import { openRecord } from "../refresh/open-record.ts"
import type { Parts } from "../refresh/parts.ts"
import { refreshAhead, refreshGrant } from "../refresh/refresh-grant.ts"
import { grantName } from "../refresh/transaction.ts"
import type { StoredGrant } from "../store/records.ts"
import { openLogin } from "./open-login.ts"

export interface AccessTokenOptions {
  /** Auth.js provider id. Default: the provider of the sign-in. */
  provider?: string
  /** Seconds of validity required; clamped to half of the token's life. Default `0`. */
  minValidity?: Seconds
  /** Asks the provider for a new one in any case, for example after an API answered 401. Default `false`. */
  force?: boolean
}

export interface AccessToken {
  accessToken: string
  expiresAt: EpochSeconds
  provider: string
  scope: string | null
}

/**
 * Returns an access token, refreshing it first if it does not do.
 *
 * However many callers and processes ask at the same time, the provider sees one refresh. The new tokens are
 * stored before anybody receives one.
 *
 * @throws {SignedOutError} Nobody is signed in, the provider has just said no, or the tokens cannot be opened.
 * @throws {NoGrantError} The login holds no grant (of this provider).
 * @throws {ProviderUnavailableError} The token has expired and the provider cannot be asked now.
 * @throws {StoreError} `store_unavailable`.
 * @see RFC 6749 §6, OpenID Connect Core 1.0 §12
 */
export async function getAccessToken(
  parts: Parts,
  handle: string,
  options: AccessTokenOptions = {},
): Promise<AccessToken> {
  const opened = await openLogin(parts, handle)
  if (opened.status !== "live") throw new SignedOutError(opened.reason)
  const { login } = opened
  const wanted = options.provider ?? login.content.provider
  const grant =
    login.record.grants.find((candidate) => candidate.provider === wanted) ??
    (options.provider === undefined ? login.record.grants[0] : undefined)
  if (!grant) throw new NoGrantError(options.provider)

  const now = parts.surroundings.clock.now()
  const pause = notBefore(grantName(parts, grant))
  const plan = decide(grant, {
    now,
    ahead: parts.refresh.ahead,
    minValidity: options.minValidity ?? 0,
    force: options.force ?? false,
    ...(pause === undefined ? {} : { notBefore: pause }),
  })
  const target = { handleHash: login.handleHash, grant, forced: options.force ?? false }

  switch (plan.do) {
    case "end": {
      const ended = await endGrant(parts, await parts.vault.store(), grant, "provider_session_expired")
      if (ended === "look_again") return getAccessToken(parts, handle, options)
      throw new SignedOutError("provider_session_expired")
    }
    case "unavailable":
      throw unavailable(grant, plan.retryAfter)
    case "serve":
      return open(parts, grant)
    case "serve_and_refresh":
      refreshAhead(parts, target)
      return open(parts, grant)
    case "refresh": {
      const outcome = await refreshGrant(parts, target)
      if (outcome.status === "refreshed") return open(parts, outcome.grant)
      if (outcome.status === "ended") throw new SignedOutError(outcome.reason)
      // Too short a validity is better than none; a forced refresh that failed is not papered over.
      if (!target.forced && grant.expiresAt > parts.surroundings.clock.now()) return open(parts, grant)
      const retryAt = outcome.status === "unavailable" ? outcome.retryAt : now
      throw unavailable(grant, retryAt - parts.surroundings.clock.now())
    }
  }
}

async function open(parts: Parts, grant: StoredGrant): Promise<AccessToken> {
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  if (!tokens) throw new SignedOutError("unreadable_session")
  return {
    accessToken: tokens.accessToken,
    expiresAt: Math.floor(tokens.expiresAt),
    provider: grant.provider,
    scope: tokens.scope,
  }
}

function unavailable(grant: StoredGrant, retryAfter: Seconds): ProviderUnavailableError {
  return new ProviderUnavailableError(
    `Provider "${grant.provider}" cannot be asked for a new access token now.`,
    Math.max(1, Math.ceil(retryAfter)),
  )
}
