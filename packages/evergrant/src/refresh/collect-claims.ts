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

  const issuedAt = idToken?.status === "accepted" ? (idToken.claims.iat ?? null) : null
  const older = issuedAt !== null && previous.idTokenIssuedAt !== null && issuedAt < previous.idTokenIssuedAt
  settle("id_token", older ? { status: "refused", rule: "iat" } : idToken)
  settle("userinfo", userinfo)
  settle("access_token", accessToken)
  if (idToken?.status === "accepted" && !older) {
    claims.profile = selectClaims(profileDeclarations, "id_token", idToken.claims)
    claims.idTokenIssuedAt = issuedAt
  }
  return { status: "collected", claims }
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
