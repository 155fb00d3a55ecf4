/** An access token that is good now. */
import type { Seconds } from "../clock.ts"
import { NoGrantError, SignedOutError } from "../errors.ts"
import { lookAtOutbox } from "../outbox/deliver.ts"
import type { Parts } from "../refresh/parts.ts"
import type { RefreshTarget } from "../refresh/refresh-target.ts"
import type { StoredGrant } from "../store/records.ts"
import { readVariant, type TokenWish } from "../tokens/variant.ts"
import { answerInTime } from "./answer-in-time.ts"
import { type OpenLogin, openLogin } from "./open-login.ts"
import { type AccessToken, serveToken } from "./serve-token.ts"

export interface AccessTokenOptions extends TokenWish {
  /** Auth.js provider id. Default: the provider of the sign-in. */
  provider?: string
  /** Which account, for a login that holds several of one provider. Default: the one that was linked first. */
  providerAccountId?: string
  /** Seconds of validity required; clamped to half of the token's life. Default `0`. */
  minValidity?: Seconds
  /** Asks the provider for a new one in any case, for example after an API answered 401. Default `false`. */
  force?: boolean
}

/**
 * Returns an access token, refreshing it first if it does not do.
 *
 * However many callers and processes ask at the same time, the provider sees one refresh. The new tokens are
 * stored before anybody receives one; where the store fails after the provider has answered, they are served from
 * memory and written as soon as it is back.
 *
 * With `scope`, `resource` or `audience` it is another token than the main one, from the same refresh token: it is kept
 * beside it until it expires, or until a refresh of the main one is forced. Refreshes for different tokens run one after
 * the other. The provider may grant less than was asked for; `scope` of the answer tells.
 *
 * @throws {SignedOutError} Nobody is signed in, the provider has just said no, or the tokens cannot be opened.
 * @throws {NoGrantError} The login holds no grant (of this provider).
 * @throws {ProviderUnavailableError} The token has expired and the provider cannot be asked now.
 * @throws {ScopeError} `scope_invalid`: nothing was sent. `scope_refused`: the provider gives no such token.
 * @throws {StoreError} `store_unavailable`.
 * @see RFC 6749 §6, RFC 8707 §2.2, OpenID Connect Core 1.0 §12
 */
export async function getAccessToken(
  parts: Parts,
  handle: string,
  options: AccessTokenOptions = {},
): Promise<AccessToken> {
  const variant = readVariant(options)
  lookAtOutbox(parts)
  const wish = { ...options, ...(variant ? { variant } : {}) }
  return answerInTime(parts, (since) => findToken(parts, handle, { ...wish, since }))
}

async function findToken(
  parts: Parts,
  handle: string,
  options: AccessTokenOptions & Pick<RefreshTarget, "variant" | "since">,
): Promise<AccessToken> {
  const { variant, since, force: forced = false } = options
  for (let before: StoredGrant | undefined; ; ) {
    const opened = await openLogin(parts, handle)
    if (opened.status !== "live") throw new SignedOutError(opened.reason)
    const { login } = opened
    const grant = selectGrant(parts, login, options)
    if (!grant) throw new NoGrantError(options.provider)
    const target = { login, grant, forced, ...(variant ? { variant } : {}), ...(since ? { since } : {}) }
    const served = await serveToken(parts, target, options)
    if ("token" in served) return served.token
    // The grant has ended. Its login may live on with another one, and a second look tells: it finds no grant, or
    // says why the login is over.
    if (served.final || before?.generation === grant.generation) throw new SignedOutError(served.reason)
    before = grant
  }
}

/**
 * By default it is the provider of the sign-in, and another one's only where that one never gives a grant: a token
 * must not go to an API that it was not meant for because the right one has just ended.
 */
function selectGrant(
  parts: Parts,
  { record, content }: OpenLogin,
  { provider, providerAccountId }: AccessTokenOptions,
): StoredGrant | undefined {
  const matches = record.grants.filter(
    (grant) => providerAccountId === undefined || grant.providerAccountId === providerAccountId,
  )
  const wanted = matches.find((grant) => grant.provider === (provider ?? content.provider))
  return wanted ?? (provider === undefined && !parts.provider(content.provider) ? matches[0] : undefined)
}
