/** From an Auth.js provider to what refreshing needs. */
import { type AuthConfig, customFetch } from "@auth/core"
import { type Fetch, systemSurroundings } from "../clock.ts"
import type { ClientAuthMethod, OidcProviderConfig } from "../provider/provider-config.ts"
import { rewriteToServerAddress } from "../provider/server-address.ts"
import type { ProviderOptions } from "./options.ts"

/** The fields of an OAuth or OIDC provider that matter here, as Auth.js spells them. */
interface OAuthLike {
  id?: string
  type?: string
  issuer?: string
  clientId?: string
  clientSecret?: string
  client?: { token_endpoint_auth_method?: string }
  token?: string | { url?: string; clientPrivateKey?: unknown }
  options?: OAuthLike
  [customFetch]?: Fetch
}

/**
 * Describes the provider of an Auth.js id; `undefined` if it cannot be refreshed at: no OAuth, or no issuer to
 * discover the token endpoint from.
 */
export function toProviderConfig(
  config: AuthConfig,
  id: string,
  options: ProviderOptions = {},
): OidcProviderConfig | undefined {
  const provider = config.providers.map(resolve).find((candidate) => candidate.id === id)
  if (!provider || (provider.type !== "oidc" && provider.type !== "oauth")) return undefined
  if (!provider.issuer || !provider.clientId) return undefined
  const endpoint = typeof provider.token === "string" ? provider.token : provider.token?.url
  const key = typeof provider.token === "object" ? provider.token.clientPrivateKey : undefined
  const fetch = provider[customFetch]
  return {
    id,
    issuer: provider.issuer,
    clientId: provider.clientId,
    ...(provider.clientSecret ? { clientSecret: provider.clientSecret } : {}),
    ...(key instanceof CryptoKey ? { privateKey: key } : {}),
    authMethod:
      (provider.client?.token_endpoint_auth_method as ClientAuthMethod | undefined) ?? "client_secret_basic",
    endpoints: { ...(endpoint ? { token_endpoint: endpoint } : {}), ...options.endpoints },
    // With a private address this fetch is already the rewriting one of `withServerAddresses`.
    ...(fetch ? { fetch } : {}),
    ...(options.serverToServerLogout === undefined
      ? {}
      : { serverToServerLogout: options.serverToServerLogout }),
    ...(options.reuseWindow === undefined ? {} : { reuseWindow: options.reuseWindow }),
  }
}

/** Lets Auth.js itself use the private addresses, for discovery and the code exchange at sign-in. */
export function withServerAddresses(
  providers: AuthConfig["providers"],
  options: Readonly<Record<string, ProviderOptions>>,
): AuthConfig["providers"] {
  return providers.map((provider) =>
    typeof provider === "function"
      ? (input: object) => route((provider as (given: object) => OAuthLike)(input), options)
      : route(provider as OAuthLike, options),
  ) as AuthConfig["providers"]
}

function route(provider: OAuthLike, options: Readonly<Record<string, ProviderOptions>>): OAuthLike {
  const serverAddress = options[resolve(provider).id ?? ""]?.serverAddress
  if (!serverAddress) return provider
  const fetch: Fetch = provider[customFetch] ?? provider.options?.[customFetch] ?? systemSurroundings.fetch
  const routed: OAuthLike = {
    ...provider,
    [customFetch]: (url, init) => {
      // The issuer may have come from the environment after this object was made.
      const { issuer = "" } = resolve(routed)
      return rewriteToServerAddress({ issuer, serverAddress }, fetch)(url, init)
    },
  }
  return routed
}

function resolve(provider: unknown): OAuthLike {
  const plain = (typeof provider === "function" ? provider({}) : provider) as OAuthLike
  const { options, ...own } = plain
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined))
  const fetch = plain[customFetch] ?? options?.[customFetch]
  return { ...own, ...given, ...(fetch ? { [customFetch]: fetch } : {}) }
}
