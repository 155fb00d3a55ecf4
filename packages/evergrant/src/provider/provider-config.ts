/** What the application says about a provider. */
import type { AuthorizationServer } from "oauth4webapi"
import type { Fetch, Seconds } from "../clock.ts"

/** How the client authenticates at the token endpoint (OpenID Connect Core 1.0 §9). */
export type ClientAuthMethod =
  | "client_secret_basic"
  | "client_secret_post"
  | "client_secret_jwt"
  | "private_key_jwt"
  | "none"

/** Endpoints that replace what discovery says, spelled as in the metadata (RFC 8414). */
export type EndpointOverrides = Partial<
  Pick<
    AuthorizationServer,
    "token_endpoint" | "jwks_uri" | "userinfo_endpoint" | "end_session_endpoint" | "revocation_endpoint"
  >
>

export interface OidcProviderConfig {
  /** The Auth.js provider id. */
  id: string
  /** The issuer as tokens name it. */
  issuer: string
  clientId: string
  clientSecret?: string
  privateKey?: CryptoKey
  authMethod?: ClientAuthMethod
  /**
   * Where the server reaches the issuer, if that is another address than the browser's: inside a cluster for
   * example `http://keycloak:8080/realms/acme`. Discovery, token, JWKS, userinfo and logout go there.
   */
  serverAddress?: string
  endpoints?: EndpointOverrides
  /**
   * Whether a request from the server to `end_session_endpoint`, without the browser's cookies, ends the session.
   * Default: yes where the endpoint is Keycloak's.
   */
  serverToServerLogout?: boolean
  /** Replaces the global `fetch` towards this provider. */
  fetch?: Fetch
  /** Seconds that a token request may live. Default `60`. */
  requestLimit?: Seconds
  /**
   * Seconds for which the provider accepts a refresh token once more after it was spent. A request whose answer was
   * lost is then repeated once, at once. Set it only where the provider is known to: a spent token that is presented to
   * a strict one ends the user's session. At Keycloak it is the client's or realm's "Revoke Refresh Token" with "Refresh
   * Token Max Reuse" of 1 or more. Default `0`: nothing is repeated at once.
   */
  reuseWindow?: Seconds
}

/** Plain http is allowed only where the issuer itself is plain http, as in development. */
export function allowsPlainHttp(config: OidcProviderConfig): boolean {
  return [config.issuer, config.serverAddress].some((address) => address?.startsWith("http:"))
}
