/** One refresh token grant (RFC 6749 §6): one request, no policy, no retry. */
import {
  allowInsecureRequests,
  customFetch,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from "oauth4webapi"
import { ProviderResponseError } from "../errors.ts"
import type { TokenResponse } from "../tokens/token-set.ts"
import type { TokenVariant } from "../tokens/variant.ts"
import { clientAuthentication } from "./client-auth.ts"
import type { OidcProvider } from "./oidc-provider.ts"
import { allowsPlainHttp } from "./provider-config.ts"

/**
 * Spends a refresh token.
 *
 * The ID token and `expires_in` of the answer are returned as they came, not checked: the new refresh token must
 * be stored before anything that can fail (checks, keys, userinfo), or a rotation would be lost to a hiccup.
 *
 * @param variant Asks for another access token than the main one.
 * @throws What `classifyRefreshFailure` classifies.
 */
export async function exchangeRefreshToken(
  provider: OidcProvider,
  refreshToken: string,
  variant?: TokenVariant,
): Promise<TokenResponse> {
  const metadata = await provider.metadata()
  const response = await refreshTokenGrantRequest(
    metadata,
    provider.client,
    clientAuthentication(provider.config),
    refreshToken,
    {
      [customFetch]: provider.request(provider.config.requestLimit ?? 60),
      [allowInsecureRequests]: allowsPlainHttp(provider.config),
      additionalParameters: { ...variant?.parameters },
    },
  )
  const { answer, ...unchecked } = await withoutUnchecked(response)
  const tokens = await processRefreshTokenResponse(metadata, provider.client, answer)
  if (tokens.access_token === "" || tokens.refresh_token === "") {
    throw new ProviderResponseError("response_invalid", "The token response holds an empty token.")
  }
  return { ...tokens, ...unchecked }
}

/** Members that are judged after the refresh token is safe. */
type Unchecked = Pick<TokenResponse, "id_token" | "expires_in">

async function withoutUnchecked(response: Response): Promise<{ answer: Response } & Unchecked> {
  if (response.status !== 200) return { answer: response }
  const text = await response.text()
  const rebuilt = (body: string) => new Response(body, { status: 200, headers: response.headers })
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Whatever it is, it is judged where all answers are judged.
    return { answer: rebuilt(text) }
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { answer: rebuilt(text) }
  const { id_token, expires_in, ...rest } = body as Record<string, unknown>
  return {
    answer: rebuilt(JSON.stringify(rest)),
    id_token: typeof id_token === "string" ? id_token : undefined,
    expires_in,
  }
}
