/** Checks an ID token that came with a refresh (OpenID Connect Core 1.0 §12.2, §3.1.3.7). */
import { type JWTPayload, jwtVerify } from "jose"
import type { OidcProvider } from "./oidc-provider.ts"
import { acceptedAlgorithms, signingKeys } from "./signing-keys.ts"

export type IdTokenVerdict =
  | { status: "accepted"; claims: JWTPayload }
  /** Another issuer or another user: the grant is no longer this login's. */
  | { status: "subject_changed" }
  /** Authentic, but not to be used; `rule` names what it breaks. */
  | { status: "refused"; rule: string }
  /** It could not be checked now. */
  | { status: "unchecked"; code: string }

/** Seconds by which the clocks of provider and application may differ. */
const clockTolerance = 60

/** Never throws: a token that cannot be checked is `unchecked`, and the old claims stay. */
export async function verifyIdToken(
  provider: OidcProvider,
  idToken: string,
  expected: { sub: string },
): Promise<IdTokenVerdict> {
  let claims: JWTPayload
  let issuer: string
  try {
    // As the provider spells it: discovery forgives a slash after a bare host, and tokens carry the provider's.
    ;({ issuer } = await provider.metadata())
    const { payload } = await jwtVerify(idToken, await signingKeys(provider), {
      algorithms: acceptedAlgorithms,
      currentDate: new Date(provider.surroundings.clock.now() * 1000),
      clockTolerance,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
    })
    claims = payload
  } catch (error) {
    return fromJoseError(error)
  }
  if (claims.iss !== issuer || claims.sub !== expected.sub) return { status: "subject_changed" }
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  if (!audience.includes(provider.config.clientId)) return { status: "refused", rule: "aud" }
  if (claims.azp !== undefined && claims.azp !== provider.config.clientId)
    return { status: "refused", rule: "azp" }
  return { status: "accepted", claims }
}

/** Tells "it is wrong" from "the keys could not be had". */
export function fromJoseError(
  error: unknown,
): { status: "refused"; rule: string } | { status: "unchecked"; code: string } {
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
  switch (code) {
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return { status: "refused", rule: "signature" }
    case "ERR_JWT_EXPIRED":
      return { status: "refused", rule: "exp" }
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      return { status: "refused", rule: "claim" }
    case "ERR_JWT_INVALID":
    case "ERR_JWS_INVALID":
    case "ERR_JOSE_ALG_NOT_ALLOWED":
    case "ERR_JOSE_NOT_SUPPORTED":
      return { status: "refused", rule: "format" }
    case "ERR_JWKS_NO_MATCHING_KEY":
      return { status: "unchecked", code: "unknown_key" }
    default:
      return { status: "unchecked", code: "keys_unavailable" }
  }
}
