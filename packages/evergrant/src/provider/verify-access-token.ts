/**
 * Checks an access token whose claims the application asked for by name. A client should not look into access
 * tokens (RFC 9068 §6); Keycloak puts roles nowhere else by default, so it is possible, opt-in and verified.
 */
import { type JWTPayload, jwtVerify } from "jose"
import type { OidcProvider } from "./oidc-provider.ts"
import { acceptedAlgorithms, signingKeys } from "./signing-keys.ts"
import { fromJoseError } from "./verify-id-token.ts"

export type AccessTokenVerdict =
  | { status: "accepted"; claims: JWTPayload }
  | { status: "refused"; rule: string }
  | { status: "unchecked"; code: string }

/** Never throws. Checks signature, issuer, expiry, the client it was issued to and, if it names one, the user. */
export async function verifyAccessToken(
  provider: OidcProvider,
  accessToken: string,
  expected: { sub: string },
): Promise<AccessTokenVerdict> {
  if (accessToken.split(".").length !== 3) return { status: "refused", rule: "format" }
  let claims: JWTPayload
  try {
    const { issuer } = await provider.metadata()
    const { payload } = await jwtVerify(accessToken, await signingKeys(provider), {
      algorithms: acceptedAlgorithms,
      issuer,
      currentDate: new Date(provider.surroundings.clock.now() * 1000),
      clockTolerance: 60,
      requiredClaims: ["exp"],
    })
    claims = payload
  } catch (error) {
    return fromJoseError(error)
  }
  // Keycloak names the client in `azp`, RFC 9068 in `client_id`; a token that names none could be anybody's.
  if ((claims.azp ?? claims.client_id) !== provider.config.clientId) return { status: "refused", rule: "azp" }
  if (claims.sub !== undefined && claims.sub !== expected.sub) return { status: "refused", rule: "sub" }
  if (claims.typ === "ID" || claims.typ === "Refresh" || claims.typ === "Logout")
    return { status: "refused", rule: "typ" }
  return { status: "accepted", claims }
}
