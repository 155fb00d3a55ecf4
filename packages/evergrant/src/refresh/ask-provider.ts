/** The one token request of a refresh, and what it tells about the provider. */
import { classifyRefreshFailure, type RefreshFailure } from "../provider/failure.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { exchangeRefreshToken } from "../provider/refresh-grant.ts"
import type { TokenResponse } from "../tokens/token-set.ts"
import { noteAnswer } from "./breaker.ts"
import type { Parts } from "./parts.ts"

export type Asked = ({ response: TokenResponse } | { failure: RefreshFailure }) & {
  /** An earlier request with the same token was sent, and its answer was lost. */
  repeated: boolean
}

/**
 * Spends a refresh token. Where the provider is configured to accept one twice, a request whose answer was lost is
 * repeated: once, at once, within that time. Never throws.
 */
export async function askProvider(
  parts: Parts,
  provider: OidcProvider,
  refreshToken: string,
): Promise<Asked> {
  const { clock } = parts.surroundings
  const sentAt = clock.now()
  const first = await askOnce(parts, provider, refreshToken)
  const inDoubt = "failure" in first && first.failure.ambiguous
  if (!inDoubt || clock.now() - sentAt >= (provider.config.reuseWindow ?? 0)) {
    return { ...first, repeated: false }
  }
  return { ...(await askOnce(parts, provider, refreshToken)), repeated: true }
}

async function askOnce(
  parts: Parts,
  provider: OidcProvider,
  refreshToken: string,
): Promise<{ response: TokenResponse } | { failure: RefreshFailure }> {
  try {
    const response = await exchangeRefreshToken(provider, refreshToken)
    noteAnswer(parts, provider)
    return { response }
  } catch (error) {
    const failure = classifyRefreshFailure(error, parts.surroundings.clock.now())
    // Who refuses a grant has accepted the client.
    if (failure.kind === "terminal") noteAnswer(parts, provider)
    return { failure }
  }
}
