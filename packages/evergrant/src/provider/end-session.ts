/** Ends the provider's own session, server to server (OpenID Connect RP-Initiated Logout 1.0 §2). */
import type { AuthorizationServer } from "oauth4webapi"
import type { ProviderSignOut } from "../events.ts"
import { clientAuthentication } from "./client-auth.ts"
import type { OidcProvider } from "./oidc-provider.ts"

/** What a login knows about the session that is to end. */
export interface SessionHint {
  idToken: string | null
  refreshToken: string
  /** Where the provider would send a browser; a redirect there proves that the session is over. */
  landing: string
}

type Verdict = Pick<ProviderSignOut, "status" | "reason">

/**
 * Asks the provider to end the session that the ID token names.
 *
 * A `200` is no proof: it may be the page that asks "do you want to log out?". A redirect to the landing page is
 * one, and so is Keycloak's `204` to a logout request that carries the refresh token. Never throws.
 */
export async function endProviderSession(provider: OidcProvider, hint: SessionHint): Promise<Verdict> {
  try {
    const metadata = await provider.metadata()
    const endpoint = metadata.end_session_endpoint
    if (!endpoint) return { status: "unsupported", reason: "the provider has no end_session_endpoint" }
    if (!endsServerToServer(provider, endpoint)) {
      return { status: "unsupported", reason: "the provider ends its session only in the browser" }
    }
    return await endByHint(provider, metadata, endpoint, hint)
  } catch {
    return { status: "failed", reason: "the provider could not be reached" }
  }
}

async function endByHint(
  provider: OidcProvider,
  metadata: AuthorizationServer,
  endpoint: string,
  hint: SessionHint,
): Promise<Verdict> {
  const named = {
    client_id: provider.config.clientId,
    ...(hint.idToken ? { id_token_hint: hint.idToken } : {}),
  }
  if (hint.idToken) {
    const answer = await post(provider, endpoint, { ...named, post_logout_redirect_uri: hint.landing })
    if (isRedirectTo(answer, hint.landing)) return { status: "ended" }
  }

  // The landing page may not be registered at the provider: that must not keep the session alive.
  const headers = new Headers()
  const body = new URLSearchParams({ refresh_token: hint.refreshToken })
  await clientAuthentication(provider.config)(metadata, provider.client, body, headers)
  const direct = await post(provider, endpoint, body, headers)
  if (direct.status === 204) return { status: "ended" }

  if (hint.idToken) {
    const answer = await post(provider, endpoint, named)
    if (answer.status === 200) return { status: "unknown", reason: "the provider's answer does not tell" }
  }
  return { status: "failed", reason: `the provider answered ${direct.status}` }
}

function post(
  provider: OidcProvider,
  endpoint: string,
  fields: Record<string, string> | URLSearchParams,
  headers = new Headers(),
): Promise<Response> {
  headers.set("accept", "text/html,application/json")
  return provider.request(5)(endpoint, { method: "POST", headers, body: new URLSearchParams(fields) })
}

function isRedirectTo(answer: Response, landing: string): boolean {
  const location = answer.headers.get("location")
  return (
    answer.status >= 300 && answer.status < 400 && location !== null && location.split("?")[0] === landing
  )
}

/** Keycloak does, and so does whoever uses its paths; for others the application has to say so. */
function endsServerToServer(provider: OidcProvider, endpoint: string): boolean {
  return (
    provider.config.serverToServerLogout ??
    new URL(endpoint).pathname.endsWith("/protocol/openid-connect/logout")
  )
}
