/** The one token request of a refresh, and what it tells about the provider. */
import { classifyRefreshFailure, type RefreshFailure } from "../provider/failure.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { exchangeRefreshToken } from "../provider/refresh-grant.ts"
import type { TokenResponse } from "../tokens/token-set.ts"
import { noteAnswer } from "./breaker.ts"
import type { Parts } from "./parts.ts"

export type Asked = { response: TokenResponse } | { failure: RefreshFailure }

/** Spends a refresh token. Never throws. */
export async function askProvider(
  parts: Parts,
  provider: OidcProvider,
  refreshToken: string,
): Promise<Asked> {
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
