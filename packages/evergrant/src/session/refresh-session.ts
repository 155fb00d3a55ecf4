/** Article 1: what changed at the provider, without a new sign-in. */
import type { EpochSeconds } from "../clock.ts"
import { NoGrantError, ProviderUnavailableError, SignedOutError } from "../errors.ts"
import type { Parts } from "../refresh/parts.ts"
import { refreshGrant } from "../refresh/refresh-grant.ts"
import { answerInTime } from "./answer-in-time.ts"
import { openLogin } from "./open-login.ts"
import { type SessionView, toSessionView } from "./session-view.ts"

export interface RefreshSessionOptions {
  /** Auth.js provider id. Default: every grant of the login. */
  provider?: string
}

/**
 * Forces a refresh and returns the session with the claims that the provider gives now.
 *
 * @throws {SignedOutError} Nobody is signed in, or the provider has just said no.
 * @throws {NoGrantError} The login holds no grant (of this provider).
 * @throws {ProviderUnavailableError} The provider cannot be asked now; the session stays as it was.
 * @throws {StoreError} `store_unavailable`.
 */
export async function refreshSession(
  parts: Parts,
  handle: string,
  options: RefreshSessionOptions = {},
): Promise<SessionView> {
  return answerInTime(parts, (since) => refreshAll(parts, handle, { ...options, since }))
}

async function refreshAll(
  parts: Parts,
  handle: string,
  options: RefreshSessionOptions & { since: EpochSeconds },
): Promise<SessionView> {
  const opened = await openLogin(parts, handle)
  if (opened.status !== "live") throw new SignedOutError(opened.reason)
  const { login } = opened
  const grants = login.record.grants.filter(
    (grant) => options.provider === undefined || grant.provider === options.provider,
  )
  if (grants.length === 0) throw new NoGrantError(options.provider)

  const outcomes = await Promise.all(
    grants.map((grant) => refreshGrant(parts, { login, grant, forced: true, since: options.since })),
  )
  const failed = outcomes.findIndex(({ status }) => status === "unavailable" || status === "pending")
  const again = await openLogin(parts, handle)
  if (again.status !== "live") throw new SignedOutError(again.reason)
  if (failed >= 0) {
    const outcome = outcomes[failed]
    const wait = outcome?.status === "unavailable" ? outcome.retryAt - parts.surroundings.clock.now() : 1
    const name = grants[failed]?.provider
    throw new ProviderUnavailableError(
      `Provider "${name}" cannot be asked now.`,
      Math.max(1, Math.ceil(wait)),
    )
  }
  return toSessionView(again.login)
}
