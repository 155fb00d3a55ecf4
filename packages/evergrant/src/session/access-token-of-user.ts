/** An access token outside of a request: for jobs and queues that know a user and no browser. */
import type { Seconds } from "../clock.ts"
import { type EvergrantError, isEvergrantError, NoGrantError, SignedOutError } from "../errors.ts"
import { lookAtOutbox } from "../outbox/deliver.ts"
import type { Parts } from "../refresh/parts.ts"
import type { RefreshTarget } from "../refresh/refresh-target.ts"
import { wantedTimes } from "../refresh/wanted-token.ts"
import type { StoredGrant } from "../store/records.ts"
import { readVariant, type TokenWish } from "../tokens/variant.ts"
import { answerInTime } from "./answer-in-time.ts"
import { type AccessToken, serveToken } from "./serve-token.ts"

export interface AccountTokenOptions extends TokenWish {
  /** The application's user id, as in `session.user.id`. */
  userId: string
  /** Auth.js provider id. */
  provider: string
  /** Which account, for a user who has several at this provider. Default: the newest issue of all. */
  providerAccountId?: string
  /** Seconds of validity required; clamped to half of the token's life. Default `0`. */
  minValidity?: Seconds
  /** Asks the provider for a new one in any case. Default `false`. */
  force?: boolean
}

/**
 * Returns an access token of a user who is signed in somewhere. It is refreshed under the same single flight as any
 * request's, so that a job and a page never spend the same refresh token twice.
 *
 * Of several logins the one whose tokens were received last is asked first; a login that turns out to be over is
 * passed by, and while the provider is unavailable an older token that is still good does.
 *
 * @throws {SignedOutError} The user is signed in nowhere (any more).
 * @throws {NoGrantError} No login of the user holds a grant of this provider.
 * @throws {ProviderUnavailableError} The token has expired and the provider cannot be asked now.
 * @throws {ScopeError} `scope_invalid`: nothing was sent. `scope_refused`: the provider gives no such token.
 * @throws {StoreError} `store_unavailable`.
 */
export async function getAccessTokenOfUser(parts: Parts, options: AccountTokenOptions): Promise<AccessToken> {
  const variant = readVariant(options)
  lookAtOutbox(parts)
  const wish = { ...options, ...(variant ? { variant } : {}) }
  return answerInTime(parts, (since) => findToken(parts, { ...wish, since }))
}

async function findToken(
  parts: Parts,
  options: AccountTokenOptions & Pick<RefreshTarget, "variant" | "since">,
): Promise<AccessToken> {
  const { variant, since, force: forced = false } = options
  const store = await parts.vault.store()
  const logins = await store.listLogins({ user: options.userId })
  if (logins.length === 0) throw new SignedOutError("no_session")
  const grants = logins.flatMap((login) => login.grants).filter((grant) => isWanted(grant, options))
  let failure: EvergrantError = new NoGrantError(options.provider)
  for (const grant of grants.toSorted((one, other) => other.receivedAt - one.receivedAt)) {
    const { loginId } = grant
    const about = { ...(variant ? { variant } : {}), ...(since ? { since } : {}) }
    const target = { login: { loginId }, grant, forced, ...about }
    // While the provider cannot be asked, a token that is still good does; who has to ask would only wait again.
    if (failure.code === "provider_unavailable" && (forced || !(await isGood(parts, target)))) continue
    try {
      const served = await serveToken(parts, target, options)
      if ("token" in served) return served.token
      if (failure.code !== "provider_unavailable") failure = new SignedOutError(served.reason)
    } catch (error) {
      if (!isEvergrantError(error) || error.code !== "provider_unavailable") throw error
      failure = error
    }
  }
  throw failure
}

async function isGood(parts: Parts, target: RefreshTarget): Promise<boolean> {
  const times = await wantedTimes(parts, target, target.grant)
  return times !== undefined && times.expiresAt > parts.surroundings.clock.now()
}

function isWanted(grant: StoredGrant, { provider, providerAccountId }: AccountTokenOptions): boolean {
  return (
    grant.provider === provider &&
    (providerAccountId === undefined || grant.providerAccountId === providerAccountId)
  )
}
