/** Token revocation (RFC 7009). */
import {
  allowInsecureRequests,
  customFetch,
  processRevocationResponse,
  revocationRequest,
} from "oauth4webapi"
import { clientAuthentication } from "./client-auth.ts"
import type { OidcProvider } from "./oidc-provider.ts"
import { allowsPlainHttp } from "./provider-config.ts"

/**
 * Revokes a refresh token. At Keycloak this ends that browser's whole session, so it is only for tokens of a
 * login that is over.
 *
 * @returns Whether the provider confirmed it. Never throws.
 */
export async function revokeRefreshToken(provider: OidcProvider, refreshToken: string): Promise<boolean> {
  try {
    const metadata = await provider.metadata()
    if (!metadata.revocation_endpoint) return false
    const response = await revocationRequest(
      metadata,
      provider.client,
      clientAuthentication(provider.config),
      refreshToken,
      {
        [customFetch]: provider.request(5),
        [allowInsecureRequests]: allowsPlainHttp(provider.config),
        additionalParameters: { token_type_hint: "refresh_token" },
      },
    )
    await processRevocationResponse(response)
    return true
  } catch {
    return false
  }
}
