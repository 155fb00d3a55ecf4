/** Binds a sign-in: from here on the cookie carries a handle and the tokens stay on the server. */
import type { EpochSeconds, Seconds } from "../clock.ts"
import type { DataDefinition } from "../data/data-definition.ts"
import { loadData } from "../data/load-data.ts"
import { SignedOutError } from "../errors.ts"
import { endLogin } from "../logout/end-login.ts"
import { decodeClaims } from "../provider/decode-claims.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { collectClaims } from "../refresh/collect-claims.ts"
import type { Parts } from "../refresh/parts.ts"
import type { NewGrant } from "../store/grant-store.ts"
import type { GrantClaims } from "../store/vault.ts"
import { readExpiry } from "../tokens/lifetime.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import { type TokenResponse, toTokenSet } from "../tokens/token-set.ts"

/** The account of a sign-in, as Auth.js hands it to its `jwt` callback. */
export interface SignInAccount extends Partial<TokenResponse> {
  provider: string
  providerAccountId: string
  /** When the access token expires, epoch seconds; Auth.js computes it, an adopted session has nothing else. */
  expires_at?: unknown
}

export interface SignIn {
  /** The application's user: keys the data, so it must be the same at the next sign-in. */
  user: { id: string; name?: string | null; email?: string | null }
  account: SignInAccount
  /** What the application's `jwt` callback made of the token. */
  token: Record<string, unknown>
  /** Seconds that the session cookie lives. */
  maxAge: Seconds
  /** The handle that this browser had before: its login is replaced. */
  previous?: string
  /** A handle that the cookie implies already, for a session that is older than Evergrant. Default: a new one. */
  handle?: string
}

/**
 * Creates the login with its grant, if the provider gave something that can be refreshed, fills the user's data,
 * and ends the login that this browser had before: a fresh handle at each sign-in leaves nothing to fixate.
 *
 * @returns The new handle, for the cookie.
 * @throws {SignedOutError} The provider ended this session before the sign-in was finished.
 * @throws {StoreError} `store_unavailable`.
 */
export async function startLogin(
  parts: Parts,
  signIn: SignIn,
  data: DataDefinition | undefined,
): Promise<string> {
  const { vault, surroundings } = parts
  const { account, user } = signIn
  const store = await vault.store()
  const now = surroundings.clock.now()
  const loginId = vault.newId("lg")
  const { handle, handleHash } =
    signIn.handle === undefined
      ? await vault.newHandle()
      : { handle: signIn.handle, handleHash: await hashSecret(signIn.handle) }

  const provider = parts.provider(account.provider)
  const grant =
    provider && account.refresh_token ? await firstGrant(parts, provider, loginId, account, now) : undefined
  const content = { token: signIn.token, provider: account.provider }
  const login = {
    loginId,
    user: user.id,
    createdAt: now,
    expiresAt: now + signIn.maxAge,
    revision: 1,
    sealedLogin: await vault.sealLogin(loginId, 1, content),
  }
  const outcome = await store.createLogin(login, handleHash, grant ? [grant] : [])
  if (outcome === "ended") {
    parts.emit({ type: "session.stillborn", provider: account.provider, reason: "provider_session_ended" })
    throw new SignedOutError("provider_session_ended")
  }
  // Another request took the same old session over a moment ago.
  if (outcome === "conflict") return handle
  if (data) await loadData(parts, data, user)
  // The provider's session goes on: it is most likely the very one of the new login.
  if (signIn.previous !== undefined) await endLogin(parts, signIn.previous, "replaced")
  parts.emit({
    type: "session.started",
    loginId,
    user: user.id,
    provider: account.provider,
    grant: grant !== undefined,
  })
  return handle
}

async function firstGrant(
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
