/** The grant of a sign-in. */
import type { EpochSeconds } from "../clock.ts"
import { SignedOutError } from "../errors.ts"
import { decodeClaims } from "../provider/decode-claims.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { collectClaims } from "../refresh/collect-claims.ts"
import type { Parts } from "../refresh/parts.ts"
import type { NewGrant } from "../store/grant-store.ts"
import type { GrantClaims } from "../store/vault.ts"
import { readExpiry } from "../tokens/lifetime.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { type TokenResponse, toTokenSet } from "../tokens/token-set.ts"

/** The account of a sign-in, as Auth.js hands it to its `jwt` callback and its `signIn` event. */
export interface SignInAccount extends Partial<TokenResponse> {
  provider: string
  providerAccountId: string
  /** When the access token expires, epoch seconds; Auth.js computes it, an adopted session has nothing else. */
  expires_at?: unknown
}

/**
 * Makes the grant of an account for a login; nothing if the provider gave nothing that can be refreshed.
 *
 * @throws {SignedOutError} `subject_changed`: the tokens are about different users.
 */
export async function firstGrant(
  parts: Parts,
  loginId: string,
  account: SignInAccount,
): Promise<NewGrant | undefined> {
  const provider = parts.provider(account.provider)
  if (!provider || !account.refresh_token) return undefined
  return makeGrant(parts, provider, loginId, account, parts.surroundings.clock.now())
}

async function makeGrant(
  parts: Parts,
  provider: OidcProvider,
  loginId: string,
  account: SignInAccount,
  now: EpochSeconds,
): Promise<NewGrant> {
  const received = toTokenSet({ ...account, access_token: account.access_token ?? "" }, now)
  const tokens = { ...received, expiresAt: readExpiry(account.expires_at, now) ?? received.expiresAt }
  const idToken = tokens.idToken ? decodeClaims(tokens.idToken) : {}
  const sub = typeof idToken.sub === "string" ? idToken.sub : account.providerAccountId
  const about = { loginId, provider: account.provider }
  const collected = await collectClaims(
    provider,
    parts.claims,
    { accessToken: tokens.accessToken, idToken: tokens.idToken, sub },
    undefined,
    (problem) => parts.emit({ ...problem, ...about }),
  )
  if (collected.status === "subject_changed") throw new SignedOutError("subject_changed")
  const place = {
    loginId,
    issuer: await issuerOf(provider),
    clientId: provider.config.clientId,
    provider: account.provider,
    providerAccountId: account.providerAccountId,
  }
  return {
    ...withoutLogin(place),
    sid: firstText(idToken.sid, account.session_state),
    sub,
    generation: 1,
    tokenHash: await hashSecret(tokens.refreshToken),
    firstIssuedAt: typeof idToken.iat === "number" ? idToken.iat : now,
    receivedAt: tokens.receivedAt,
    expiresAt: tokens.expiresAt,
    sessionExpiresAt: tokens.sessionExpiresAt,
    sealedTokens: await parts.vault.sealTokens(place, 1, tokens),
    sealedClaims: await parts.vault.sealClaims(place, 1, collected.claims satisfies GrantClaims),
  }
}

/** As the provider spells itself in its tokens, which may differ from the configuration by a slash. */
function issuerOf(provider: OidcProvider): Promise<string> {
  return provider.metadata().then(
    ({ issuer }) => issuer,
    () => provider.config.issuer,
  )
}

function withoutLogin<T extends { loginId: string }>({ loginId: _, ...rest }: T): Omit<T, "loginId"> {
  return rest
}

function firstText(...values: unknown[]): string | null {
  return values.find((value): value is string => typeof value === "string" && value !== "") ?? null
}
