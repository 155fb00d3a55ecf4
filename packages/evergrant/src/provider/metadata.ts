/** Provider metadata (OpenID Connect Discovery 1.0 §4), asked for once and kept. */
import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from "oauth4webapi"
import type { Clock, EpochSeconds, Fetch } from "../clock.ts"
import { ConfigurationError, isEvergrantError, ProviderUnavailableError } from "../errors.ts"
import { processWide } from "../process-wide.ts"
import { allowsPlainHttp, type OidcProviderConfig } from "./provider-config.ts"

/** Seconds after which metadata is asked for again; until the answer is there, the old copy serves. */
const keptFor = 600

interface CacheEntry {
  metadata: AuthorizationServer | undefined
  fetchedAt: EpochSeconds
  asking: Promise<AuthorizationServer> | undefined
}

/** Returns a function that gives the metadata: cached per issuer and process, one request at a time. */
export function createMetadataCache(
  config: OidcProviderConfig,
  clock: Clock,
  fetch: Fetch,
): () => Promise<AuthorizationServer> {
  const entry = processWide<CacheEntry>(`metadata ${config.issuer} ${config.serverAddress ?? ""}`, () => ({
    metadata: undefined,
    fetchedAt: 0,
    asking: undefined,
  }))

  const ask = () => {
    entry.asking ??= discover(config, fetch)
      .then((metadata) => {
        entry.metadata = metadata
        entry.fetchedAt = clock.now()
        return metadata
      })
      .finally(() => {
        entry.asking = undefined
      })
    return entry.asking
  }

  return async () => {
    if (!entry.metadata) return withOverrides(await ask(), config)
    // A provider that is down, or that suddenly names another issuer, does not take the last good copy away.
    if (clock.now() - entry.fetchedAt > keptFor) ask().catch(() => {})
    return withOverrides(entry.metadata, config)
  }
}

function withOverrides(metadata: AuthorizationServer, config: OidcProviderConfig): AuthorizationServer {
  return config.endpoints ? { ...metadata, ...config.endpoints } : metadata
}

async function discover(config: OidcProviderConfig, fetch: Fetch): Promise<AuthorizationServer> {
  const issuer = new URL(config.issuer)
  try {
    const response = await discoveryRequest(issuer, {
      [customFetch]: fetch,
      [allowInsecureRequests]: allowsPlainHttp(config),
    })
    return await processDiscoveryResponse(issuer, response)
  } catch (error) {
    if (isEvergrantError(error)) throw error
    if (
      error instanceof Error &&
      "code" in error &&
      error.code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED"
    ) {
      throw new ConfigurationError(
        "issuer_mismatch",
        `Provider "${config.id}": discovery names another issuer than ${config.issuer}. Set the issuer exactly as the provider spells it.`,
      )
    }
    throw new ProviderUnavailableError(`Provider "${config.id}": its metadata cannot be read.`, 1, {
      cause: error,
    })
  }
}
