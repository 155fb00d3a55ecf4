/** One provider as the application's server sees it: who we are there, where its endpoints are, how to reach them. */
import type { AuthorizationServer, Client } from "oauth4webapi"
import type { Fetch, Seconds, Surroundings } from "../clock.ts"
import { createBoundedFetch } from "./bounded-fetch.ts"
import { createMetadataCache } from "./metadata.ts"
import type { OidcProviderConfig } from "./provider-config.ts"
import { rewriteToServerAddress } from "./server-address.ts"

export interface OidcProvider {
  readonly config: OidcProviderConfig
  readonly client: Client
  readonly surroundings: Surroundings
  /**
   * The provider's metadata, cached; the last good copy when the provider cannot be asked.
   *
   * @throws {ConfigurationError} `issuer_mismatch`. @throws {ProviderUnavailableError} No copy, no answer.
   */
  metadata(): Promise<AuthorizationServer>
  /** Fetches from the provider: own time limit in seconds, bounded body, no redirects followed. */
  request(limit: Seconds): Fetch
}

/** Describes a provider. Nothing is fetched before it is needed. */
export function createOidcProvider(config: OidcProviderConfig, surroundings: Surroundings): OidcProvider {
  const reach = rewriteToServerAddress(config, config.fetch ?? surroundings.fetch)
  const request = (limit: Seconds) => createBoundedFetch(reach, surroundings.scheduler, limit)
  return {
    config,
    surroundings,
    client: { client_id: config.clientId },
    metadata: createMetadataCache(config, surroundings.clock, request(10)),
    request,
  }
}
