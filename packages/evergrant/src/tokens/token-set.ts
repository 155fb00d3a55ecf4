/** The tokens of one grant, and how a token response becomes them. Pure. */
import type { EpochSeconds } from "../clock.ts"
import { accessTokenLife, readSeconds } from "./lifetime.ts"
import type { VariantToken } from "./variant.ts"

/** What a grant holds. Never leaves the server, never enters a log. */
export interface TokenSet {
  accessToken: string
  refreshToken: string
  /** The newest ID token; kept from before when a refresh brings none. */
  idToken: string | null
  scope: string | null
  receivedAt: EpochSeconds
  expiresAt: EpochSeconds
  /** When the provider's session (or the refresh token) ends, where the provider tells it. */
  sessionExpiresAt: EpochSeconds | null
  /** Access tokens for fewer scopes or another resource, the newest first. Older records have none. */
  variants?: readonly VariantToken[]
}

/** The fields of a token response that Evergrant reads (RFC 6749 §5.1; `refresh_expires_in` is Keycloak's). */
export interface TokenResponse {
  access_token: string
  refresh_token?: string | undefined
  id_token?: string | undefined
  expires_in?: unknown
  refresh_expires_in?: unknown
  scope?: unknown
  session_state?: unknown
}

/**
 * Turns a token response into the tokens that are held from now on. What the response omits is kept from
 * `previous`: a provider that does not rotate sends no refresh token (RFC 6749 §6), and an ID token is optional
 * in a refresh (OpenID Connect Core 1.0 §12.2).
 *
 * @param receivedAt When the request was *sent*: counting from there never makes a token look younger than it is.
 * @throws {TypeError} There is neither a new nor an old refresh token.
 */
export function toTokenSet(response: TokenResponse, receivedAt: EpochSeconds, previous?: TokenSet): TokenSet {
  const refreshToken = response.refresh_token ?? previous?.refreshToken
  if (!refreshToken) throw new TypeError("A token set needs a refresh token.")
  return {
    accessToken: response.access_token,
    refreshToken,
    idToken: response.id_token ?? previous?.idToken ?? null,
    scope: typeof response.scope === "string" ? response.scope : (previous?.scope ?? null),
    receivedAt,
    expiresAt: receivedAt + accessTokenLife(response.expires_in),
    sessionExpiresAt: sessionEnd(response, receivedAt, previous),
  }
}

/** Zero means "unknown" (Keycloak's offline tokens), not "at once" and not "for ever". */
function sessionEnd(
  response: TokenResponse,
  receivedAt: EpochSeconds,
  previous: TokenSet | undefined,
): EpochSeconds | null {
  if (response.refresh_expires_in === undefined) {
    // A rotated token without a stated end has an end that nobody knows; the old one's no longer applies.
    return response.refresh_token === undefined ? (previous?.sessionExpiresAt ?? null) : null
  }
  const left = readSeconds(response.refresh_expires_in)
  return left === undefined ? null : receivedAt + left
}
