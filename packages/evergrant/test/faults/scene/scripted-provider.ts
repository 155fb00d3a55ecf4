/**
 * An OpenID provider that is a function: it answers an injected `fetch`, rotates refresh tokens strictly, counts
 * what it was asked, and answers once in another way when a test says so. No network, no timers.
 */
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose"
import type { Clock, Fetch } from "../../../src/clock.ts"

/** Claims to sign, also wrong ones; `undefined` leaves a usual one out. */
export type Claims = Readonly<Record<string, unknown>>

/** The parts of a provider that can be asked. */
export type Endpoint = "discovery" | "jwks" | "token" | "userinfo" | "revocation" | "logout"

export interface ProviderRequest {
  endpoint: Endpoint
  url: string
  /** The form that was sent; empty for a GET. */
  form: URLSearchParams
  headers: Headers
  signal: AbortSignal | undefined
}

/** Answers one request, or throws as a broken network does. */
export type Answer = (request: ProviderRequest) => Response | Promise<Response>

export interface ScriptedProvider {
  readonly issuer: string
  readonly clientId: string
  readonly fetch: Fetch
  /** The requests that reached an endpoint, in order. */
  requests(endpoint: Endpoint): ProviderRequest[]
  /** Answers the next request to an endpoint by a script; further calls queue up. */
  once(endpoint: Endpoint, answer: Answer): void
  /** Answers every request to an endpoint by a script, until `undefined` is given. */
  always(endpoint: Endpoint, answer: Answer | undefined): void
  /** The answer that a well-behaved provider gives to this request. */
  usual(request: ProviderRequest): Promise<Response>
  /** What the token endpoint answers to a good refresh, with these members changed; `undefined` removes one. */
  tokens(changes?: Record<string, unknown>): Promise<Record<string, unknown>>
  signIdToken(claims?: Claims): Promise<string>
  signAccessToken(claims?: Claims): Promise<string>
  /** Starts to sign with a new key, and publishes that one alone. */
  rotateSigningKey(): Promise<void>
  /** Refresh tokens that are good now. */
  readonly live: ReadonlySet<string>
  /** Makes a refresh token good that this provider did not issue. */
  tolerate(refreshToken: string): void
  /** Accepts spent refresh tokens, as a provider with a reuse window does. */
  tolerateReuse: boolean
  /** Seconds that tokens live; `null` leaves the member out. */
  lifetimes: { access: number; session: number | null }
  /** Claims of every ID token and access token from now on. */
  claims: Claims
}

let made = 0

/**
 * Makes a provider with an issuer of its own, because metadata and keys are cached by issuer in the process.
 *
 * @param known The issuer of a provider that was there before, as records of an earlier time name it.
 */
export async function createScriptedProvider(clock: Clock, known?: string): Promise<ScriptedProvider> {
  made += 1
  const issuer = known ?? `https://provider-${made}-${crypto.randomUUID()}.example`
  const clientId = "application"
  const paths: Record<string, Endpoint> = {
    "/.well-known/openid-configuration": "discovery",
    "/jwks": "jwks",
    "/token": "token",
    "/userinfo": "userinfo",
    "/revoke": "revocation",
    "/protocol/openid-connect/logout": "logout",
  }
  const asked: ProviderRequest[] = []
  const scripts = new Map<Endpoint, Answer[]>()
  const standing = new Map<Endpoint, Answer>()
  const live = new Set<string>(["refresh-1"])
  let issued = 1
  let keys = 0
  let signing = await newKey()

  async function newKey(): Promise<{ kid: string; privateKey: CryptoKey; jwk: JWK }> {
    keys += 1
    const kid = `key-${keys}`
    const { privateKey, publicKey } = await generateKeyPair("ES256")
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" } }
  }

  function sign(claims: Claims): Promise<string> {
    const now = Math.floor(clock.now())
    const standard = { iss: issuer, sub: "alice", iat: now, exp: now + provider.lifetimes.access }
    const header = { alg: "ES256", kid: signing.kid }
    const payload: JWTPayload = Object.assign(standard, provider.claims, claims)
    return new SignJWT(payload).setProtectedHeader(header).sign(signing.privateKey)
  }

  /** What a refresh that asks for less, or for another API, gets instead. */
  async function narrowed(form: URLSearchParams): Promise<Record<string, unknown>> {
    const scope = form.get("scope")
    const aud = form.get("resource") ?? form.get("audience")
    if (!scope && !aud) return {}
    const claims = { ...(scope ? { scope } : {}), ...(aud ? { aud } : {}) }
    return { access_token: await provider.signAccessToken(claims), ...(scope ? { scope } : {}) }
  }

  const provider: ScriptedProvider = {
    issuer,
    clientId,
    live,
    tolerate: (refreshToken) => live.add(refreshToken),
    tolerateReuse: false,
    lifetimes: { access: 300, session: 1800 },
    claims: {},
    requests: (endpoint) => asked.filter((request) => request.endpoint === endpoint),
    once(endpoint, answer) {
      scripts.set(endpoint, [...(scripts.get(endpoint) ?? []), answer])
    },
    always(endpoint, answer) {
      if (answer) standing.set(endpoint, answer)
      else standing.delete(endpoint)
    },
    signIdToken: (claims = {}) => sign({ aud: clientId, sid: "sid-1", ...claims }),
    signAccessToken: (claims = {}) => sign({ azp: clientId, jti: crypto.randomUUID(), ...claims }),

    async tokens(changes = {}) {
      issued += 1
      const { access, session } = provider.lifetimes
      const body: Record<string, unknown> = {
        access_token: await provider.signAccessToken(),
        refresh_token: `refresh-${issued}`,
        id_token: await provider.signIdToken(),
        token_type: "Bearer",
        expires_in: access,
        ...(session === null ? {} : { refresh_expires_in: session }),
        scope: "openid profile email",
        ...changes,
      }
      if (typeof body.refresh_token === "string") live.add(body.refresh_token)
      return body
    },

    async usual({ endpoint, form }) {
      switch (endpoint) {
        case "discovery":
          return Response.json({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            userinfo_endpoint: `${issuer}/userinfo`,
            revocation_endpoint: `${issuer}/revoke`,
            end_session_endpoint: `${issuer}/protocol/openid-connect/logout`,
          })
        case "jwks":
          return Response.json({ keys: [signing.jwk] })
        case "token": {
          const spent = form.get("refresh_token") ?? ""
          if (!live.has(spent)) return invalidGrant()
          if (!provider.tolerateReuse) live.delete(spent)
          return Response.json(await provider.tokens(await narrowed(form)))
        }
        case "userinfo":
          return Response.json({ sub: "alice", email: "alice@example.com", ...provider.claims })
        case "revocation":
          live.delete(form.get("token") ?? "")
          return new Response(null, { status: 200 })
        case "logout": {
          const landing = form.get("post_logout_redirect_uri")
          if (landing) return new Response(null, { status: 302, headers: { location: landing } })
          return new Response(null, { status: form.has("refresh_token") ? 204 : 200 })
        }
      }
    },

    async rotateSigningKey() {
      signing = await newKey()
    },

    async fetch(url, init) {
      const endpoint = paths[new URL(url).pathname]
      if (!url.startsWith(issuer) || !endpoint) throw new Error(`Nothing is served at ${url}.`)
      const form = new URLSearchParams(init?.body instanceof URLSearchParams ? init.body : "")
      const headers = new Headers(init?.headers ?? {})
      const request = { endpoint, url, form, headers, signal: init?.signal ?? undefined }
      asked.push(request)
      const scripted = scripts.get(endpoint)?.shift() ?? standing.get(endpoint)
      return scripted ? scripted(request) : provider.usual(request)
    },
  }
  return provider
}

export function invalidGrant(): Response {
  return Response.json({ error: "invalid_grant", error_description: "Token is not active" }, { status: 400 })
}

/** What Node's `fetch` throws when the network fails. */
export function networkFailure(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) })
}

/** An answer that never comes, until the request is given up. */
export const silence: Answer = ({ signal }) =>
  new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason))
  })
