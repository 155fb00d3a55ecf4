/** The provider's public keys (RFC 7517), fetched when an unknown key id turns up and otherwise kept. */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose"
import { ProviderUnavailableError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import type { OidcProvider } from "./oidc-provider.ts"

/** Asymmetric signatures only: a key that the browser's side could know proves nothing. */
export const acceptedAlgorithms: string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]

/**
 * Returns the key set of the provider, one per process. An unknown key id causes one new request in 30 seconds.
 *
 * @throws {ProviderUnavailableError} The metadata cannot be read, or names no key set.
 */
export async function signingKeys(provider: OidcProvider): Promise<JWTVerifyGetKey> {
  const { jwks_uri } = await provider.metadata()
  if (!jwks_uri) throw new ProviderUnavailableError(`Provider "${provider.config.id}" publishes no keys.`, 60)
  const key = `keys ${provider.config.serverAddress ?? ""} ${jwks_uri}`
  return processWide(key, () =>
    createRemoteJWKSet(new URL(jwks_uri), {
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      timeoutDuration: 3_000,
      [customFetch]: (url, options) =>
        provider.request(3)(url, { method: options.method, headers: options.headers }),
    }),
  )
}
