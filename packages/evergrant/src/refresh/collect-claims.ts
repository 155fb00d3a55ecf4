/** Reads the declared claims of fresh tokens, each from its own source, each verified. */
import type { EvergrantEvent } from "../events.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { fetchUserinfo } from "../provider/userinfo.ts"
import { verifyAccessToken } from "../provider/verify-access-token.ts"
import { verifyIdToken } from "../provider/verify-id-token.ts"
import type { GrantClaims } from "../store/vault.ts"
import {
  type ClaimDeclarations,
  type ClaimSource,
  type ClaimValues,
  profileClaims,
  selectClaims,
} from "../tokens/claims.ts"

export interface FreshTokens {
  accessToken: string
  /** The ID token of this very answer; `null` when it brought none. */
  idToken: string | null
  /** The user that the grant belongs to. */
  sub: string
}

export type CollectedClaims = { status: "collected"; claims: GrantClaims } | { status: "subject_changed" }

/** Told about each source that could not be used. */
export type ClaimReport = (
  problem:
    | Pick<Extract<EvergrantEvent, { type: "claims.refused" }>, "type" | "source" | "rule">
    | Pick<Extract<EvergrantEvent, { type: "claims.stale" }>, "type" | "source" | "code">,
) => void

const nothing: GrantClaims = { declared: {}, profile: {}, idTokenIssuedAt: null }

/**
 * Collects claims. A source that cannot be checked now, or breaks a rule, keeps its earlier values: an outage of
 * the key set changes nobody's roles. A claim that a verified source no longer holds is gone.
 */
export async function collectClaims(
  provider: OidcProvider,
  declarations: ClaimDeclarations,
  tokens: FreshTokens,
  previous: GrantClaims = nothing,
  report: ClaimReport = () => {},
): Promise<CollectedClaims> {
  const declares = (source: ClaimSource) => Object.values(declarations).includes(source)
  const [idToken, userinfo, accessToken] = await Promise.all([
    tokens.idToken ? verifyIdToken(provider, tokens.idToken, tokens) : undefined,
    declares("userinfo") ? fetchUserinfo(provider, tokens.accessToken, tokens) : undefined,
    declares("access_token") ? verifyAccessToken(provider, tokens.accessToken, tokens) : undefined,
  ])
  if (idToken?.status === "subject_changed") return { status: "subject_changed" }

  const claims: GrantClaims = { ...previous, declared: {} }
  const settle = (source: ClaimSource, verdict: SourceVerdict | undefined) => {
    if (verdict?.status === "accepted") {
      Object.assign(claims.declared, selectClaims(declarations, source, verdict.claims))
      return
    }
    Object.assign(claims.declared, ofSource(declarations, source, previous.declared))
    if (verdict?.status === "refused") report({ type: "claims.refused", source, rule: verdict.rule })
    if (verdict?.status === "unchecked") report({ type: "claims.stale", source, code: verdict.code })
  }

  const rule = idToken?.status === "accepted" ? ruleBroken(idToken.claims, previous) : undefined
  settle("id_token", rule === undefined ? idToken : { status: "refused", rule })
  settle("userinfo", userinfo)
  settle("access_token", accessToken)
  if (idToken?.status === "accepted" && rule === undefined) {
    claims.profile = selectClaims(profileDeclarations, "id_token", idToken.claims)
    Object.assign(claims, marksOf(idToken.claims, previous))
  }
  return { status: "collected", claims }
}

/** What a later ID token is compared with. The first one says the nonce; a refreshed one need not repeat anything. */
function marksOf(
  { iat, nonce, auth_time }: Readonly<Record<string, unknown>>,
  previous: GrantClaims,
): Pick<GrantClaims, "idTokenIssuedAt" | "nonce" | "authTime"> {
  const isFirst = previous.idTokenIssuedAt === null
  const firstNonce = isFirst ? { nonce: typeof nonce === "string" ? nonce : null } : {}
  const authTime = typeof auth_time === "number" ? auth_time : (previous.authTime ?? null)
  return { idTokenIssuedAt: typeof iat === "number" ? iat : null, ...firstNonce, authTime }
}

/**
 * The rule that a refreshed ID token breaks (OpenID Connect Core 1.0 §12.2): older than the last one, of another nonce
 * than the first, of an earlier proof of the user. A later proof is a step-up and welcome.
 */
function ruleBroken(
  { iat, nonce, auth_time }: Readonly<Record<string, unknown>>,
  { idTokenIssuedAt, nonce: firstNonce, authTime }: GrantClaims,
): "iat" | "nonce" | "auth_time" | undefined {
  if (idTokenIssuedAt !== null && typeof iat === "number" && iat < idTokenIssuedAt) return "iat"
  if (nonce !== undefined && firstNonce !== undefined && nonce !== firstNonce) return "nonce"
  if (typeof auth_time === "number" && typeof authTime === "number" && auth_time < authTime)
    return "auth_time"
  return undefined
}

type SourceVerdict =
  | { status: "accepted"; claims: Readonly<Record<string, unknown>> }
  | { status: "refused"; rule: string }
  | { status: "unchecked"; code: string }

const profileDeclarations: ClaimDeclarations = Object.fromEntries(
  profileClaims.map((name) => [name, "id_token"]),
)

function ofSource(declarations: ClaimDeclarations, source: ClaimSource, values: ClaimValues): ClaimValues {
  return Object.fromEntries(Object.entries(values).filter(([path]) => declarations[path] === source))
}
