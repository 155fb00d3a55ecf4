/** How this application authenticates at the provider's endpoints (OpenID Connect Core 1.0 §9, §12.1). */
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretJwt,
  ClientSecretPost,
  None,
  PrivateKeyJwt,
} from "oauth4webapi"
import { ConfigurationError } from "../errors.ts"
import type { OidcProviderConfig } from "./provider-config.ts"

/**
 * Chooses the registered method; a refresh must use the same one as the sign-in.
 *
 * @throws {ConfigurationError} `option_invalid`: the method needs a secret or key that is not configured.
 */
export function clientAuthentication(config: OidcProviderConfig): ClientAuth {
  const method = config.authMethod ?? "client_secret_basic"
  if (method === "none") return None()
  if (method === "private_key_jwt") {
    if (config.privateKey) return PrivateKeyJwt(config.privateKey)
    throw missing(config, "a private key (token.clientPrivateKey)")
  }
  const secret = config.clientSecret
  if (!secret) throw missing(config, "a client secret")
  if (method === "client_secret_post") return ClientSecretPost(secret)
  if (method === "client_secret_jwt") return ClientSecretJwt(secret)
  return ClientSecretBasic(secret)
}

function missing(config: OidcProviderConfig, what: string): ConfigurationError {
  return new ConfigurationError(
    "option_invalid",
    `Provider "${config.id}" needs ${what}. Configure it, or AUTH_${config.id.toUpperCase().replaceAll("-", "_")}_SECRET.`,
  )
}
