/** One refresh token grant (RFC 6749 §6): one request, no policy, no retry. */
import {
  allowInsecureRequests,
  customFetch,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from "oauth4webapi"
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
  const { access_token, refresh_token } = await processRefreshTokenResponse(metadata, provider.client, answer)
  return { access_token, refresh_token, ...unchecked }
}

/** Members that are judged after the refresh token is safe. A lost rotation is worse than an odd word in it. */
type Unchecked = Omit<TokenResponse, "access_token" | "refresh_token">

async function withoutUnchecked(response: Response): Promise<{ answer: Response } & Unchecked> {
  if (response.status !== 200) return { answer: response }
  const body = readTokens(await response.arrayBuffer())
  const rebuilt = (content: unknown) =>
    new Response(JSON.stringify(content), { status: 200, headers: response.headers })
  // Whatever it is, it is judged where all answers are judged.
  if (!body) return { answer: rebuilt(null) }
  const { access_token, token_type, refresh_token, id_token, scope } = body
  const { expires_in, refresh_expires_in, session_state } = body
  return {
    // `null` is how some spell "none".
    answer: rebuilt({ access_token, token_type, refresh_token: refresh_token ?? undefined }),
    id_token: typeof id_token === "string" && id_token !== "" ? id_token : undefined,
    expires_in,
    refresh_expires_in,
    session_state,
    scope,
  }
}

const tokenMembers = ["access_token", "refresh_token"] as const

/**
 * Reads an object that tells each token once. Nothing for what would be guessed at: bytes that are no UTF-8 (RFC 8259
 * §8.1), a token that is there twice (§4; parsers differ in which one they take), characters that no token has
 * (RFC 6749 appendix A.12, A.17) and no header can carry.
 */
function readTokens(bytes: ArrayBuffer): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    const kept: string[] = []
    const body: unknown = JSON.parse(text, (key, value: unknown) => {
      kept.push(key)
      return value
    })
    if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined
    const object = body as Record<string, unknown>
    const isClear = tokenMembers.every((member) => {
      const written = text.match(new RegExp(`"${member}"\\s*:`, "g")) ?? []
      const value = object[member]
      return (
        written.length <= kept.filter((key) => key === member).length &&
        (typeof value !== "string" || /^[\x20-\x7e]*$/.test(value))
      )
    })
    return isClear ? object : undefined
  } catch {
    return undefined
  }
}
