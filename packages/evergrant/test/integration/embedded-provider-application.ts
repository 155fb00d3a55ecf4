/** A small application for the tests of the embedded provider: it signs in, refreshes and signs out by hand. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type ClientOptions, CookieJar, type EmbeddedProvider } from "../../src/testing/index.ts"

export const redirectUri: string = "http://localhost:3000/callback"
export const client: ClientOptions = {
  id: "app",
  secret: "s3:cret&more",
  redirectUris: ["http://localhost:3000/*"],
}

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface Tokens {
  access_token: string
  refresh_token: string
  id_token: string
  [name: string]: unknown
}

type Fields = Record<string, string>

export interface Application {
  endpoint(path: string): string
  post(path: string, fields: Fields, authorization?: string): Promise<Response>
  token(fields: Fields, authorization?: string): Promise<Answer>
  authorizationUrl(parameters?: Fields): URL
  exchange(code: string | null): Promise<Answer>
  /** The answer of the authorization endpoint, as query parameters of the callback. */
  authorize(username: string, cookieJar: CookieJar, parameters?: Fields): Promise<URLSearchParams>
  signIn(username?: string, cookieJar?: CookieJar, parameters?: Fields): Promise<Tokens>
  /** Asks for a sign-in without any page. Resolves to the parameters of the callback. */
  silently(cookieJar: CookieJar): Promise<URLSearchParams>
  refresh(refreshToken: string): Promise<Answer>
  userinfo(accessToken: string): Promise<Answer>
}

export function createApplication(
  provider: EmbeddedProvider,
  { id, secret }: { id: string; secret: string } = client,
): Application {
  const endpoint = (path: string) => `${provider.issuer}/protocol/openid-connect/${path}`
  const basic = `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`

  const app: Application = {
    endpoint,
    post: (path, fields, authorization = basic) =>
      fetch(endpoint(path), {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { authorization },
      }),
    token: async (fields, authorization) => toAnswer(await app.post("token", fields, authorization)),
    authorizationUrl(parameters) {
      const url = new URL(endpoint("auth"))
      const defaults = { client_id: id, redirect_uri: redirectUri, response_type: "code" }
      url.search = new URLSearchParams({
        ...defaults,
        scope: "openid profile email",
        ...parameters,
      }).toString()
      return url
    },
    exchange: (code) =>
      app.token({ grant_type: "authorization_code", code: code ?? "", redirect_uri: redirectUri }),
    async authorize(username, cookieJar, parameters) {
      const authorizationUrl = app.authorizationUrl(parameters)
      return new URL(await provider.signIn({ authorizationUrl, username, cookieJar })).searchParams
    },
    async signIn(username = "alice", cookieJar = new CookieJar(), parameters) {
      const answer = await app.authorize(username, cookieJar, parameters)
      const { status, body } = await app.exchange(answer.get("code"))
      if (status !== 200) throw new Error(`sign-in failed: ${status} ${JSON.stringify(body)}`)
      return body as Tokens
    },
    silently: (cookieJar) => app.authorize("nobody", cookieJar, { prompt: "none" }),
    refresh: (refreshToken) => app.token({ grant_type: "refresh_token", refresh_token: refreshToken }),
    userinfo: async (accessToken) =>
      toAnswer(await fetch(endpoint("userinfo"), { headers: { authorization: `Bearer ${accessToken}` } })),
  }
  return app
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const json = response.headers.get("content-type")?.includes("json")
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : { text } }
}

export interface LogoutReceiver {
  uri: string
  received: string[]
  close(): void
}

/** Listens for logout tokens as an application's back-channel logout endpoint does. */
export async function createLogoutReceiver(status = 200): Promise<LogoutReceiver> {
  const received: string[] = []
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    received.push(new URLSearchParams(body).get("logout_token") ?? "")
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { uri: `http://localhost:${port}/logout`, received, close: () => server.close() }
}
