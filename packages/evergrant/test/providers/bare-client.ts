/**
 * A client that does one protocol step at a time and nothing by itself, for tests of the providers: what
 * Evergrant is measured against must not be Evergrant.
 */
import type { CookieJarLike, TestProvider } from "./test-provider.ts"

/** What the token endpoint and userinfo answered. */
export interface BareAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** The client of one provider. */
export interface BareClient {
  /** Signs in (or is told why not) and returns the parameters of the redirect back. */
  authorize(
    username: string,
    jar: CookieJarLike,
    parameters?: Record<string, string>,
  ): Promise<URLSearchParams>
  exchange(code: string): Promise<BareAnswer>
  refresh(refreshToken: string): Promise<BareAnswer>
  userinfo(accessToken: string): Promise<BareAnswer>
  /** End session from the server's side, without cookies. */
  endSession(idToken: string): Promise<number>
}

/** Reads the provider's discovery document and returns a client for it. */
export async function connectBareClient(provider: TestProvider, redirectUri: string): Promise<BareClient> {
  const discovered = await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  const metadata = (await discovered.json()) as Record<string, string>
  const endpoint = (name: string) => {
    const url = metadata[name]
    if (!url) throw new Error(`The provider names no ${name}.`)
    return url
  }
  const token = async (parameters: Record<string, string>) =>
    answer(
      await fetch(endpoint("token_endpoint"), {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${provider.clientId}:${provider.clientSecret}`)}` },
        body: new URLSearchParams(parameters),
      }),
    )
  return {
    async authorize(username, jar, parameters = {}) {
      const url = new URL(endpoint("authorization_endpoint"))
      url.search = new URLSearchParams({
        client_id: provider.clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: "openid profile email",
        ...parameters,
      }).toString()
      return new URL(await provider.signIn(url.href, username, jar, redirectUri)).searchParams
    },
    exchange: (code) => token({ grant_type: "authorization_code", code, redirect_uri: redirectUri }),
    refresh: (refreshToken) => token({ grant_type: "refresh_token", refresh_token: refreshToken }),
    userinfo: async (accessToken) =>
      answer(
        await fetch(endpoint("userinfo_endpoint"), { headers: { authorization: `Bearer ${accessToken}` } }),
      ),
    async endSession(idToken) {
      const response = await fetch(endpoint("end_session_endpoint"), {
        method: "POST",
        body: new URLSearchParams({ id_token_hint: idToken }),
        redirect: "manual",
      })
      await response.arrayBuffer()
      return response.status
    },
  }
}

async function answer(response: Response): Promise<BareAnswer> {
  const text = await response.text()
  const body: unknown = text.startsWith("{") ? JSON.parse(text) : {}
  return { status: response.status, body: body as Record<string, unknown> }
}
