/**
 * A provider with strict rotation that answers in well under a millisecond and knows how many refreshes it has at
 * once: for tests in which thousands of sessions would make the embedded provider the slowest part. No ID tokens.
 */
import { createServer, type ServerResponse } from "node:http"
import type { Seconds } from "../../src/clock.ts"
import type { SignInAccount } from "../../src/session/first-grant.ts"
import { createStrictSessions, type IssuedTokens, type StrictSessions } from "./strict-sessions.ts"

export interface StrictProvider extends Pick<StrictSessions, "counts" | "issuedAt"> {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Seconds that access tokens live which are issued from now on. */
  accessTokenLife: Seconds
  /** Seconds before a refresh is answered. */
  latency: Seconds
  /** Most refreshes that were under way at one moment. */
  readonly mostAtOnce: number
  /** A sign-in: the account, and the session behind it. */
  begin(): { account: SignInAccount; session: string }
  close(): Promise<void>
}

export async function startStrictProvider(): Promise<StrictProvider> {
  const sessions = createStrictSessions()
  const clientSecret = "secret-of-the-client"
  const server = createServer({ keepAlive: true })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const issuer = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`
  const state = { accessTokenLife: 300, latency: 0, mostAtOnce: 0 }
  let atOnce = 0

  const answerOf = (tokens: IssuedTokens) => ({
    ...tokens,
    token_type: "bearer",
    expires_in: state.accessTokenLife,
  })

  async function refresh(token: string, response: ServerResponse): Promise<void> {
    atOnce += 1
    state.mostAtOnce = Math.max(state.mostAtOnce, atOnce)
    // Rotated first: a client that is killed meanwhile has lost the answer.
    const tokens = sessions.refresh(token)
    if (state.latency > 0) await new Promise((resolve) => setTimeout(resolve, state.latency * 1000))
    atOnce -= 1
    if (tokens) sendJson(response, 200, answerOf(tokens))
    else sendJson(response, 400, { error: "invalid_grant" })
  }

  server.on("request", async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"))
    switch (request.url) {
      case "/.well-known/openid-configuration": {
        const endpoints = { token_endpoint: `${issuer}/token`, revocation_endpoint: `${issuer}/revoke` }
        return sendJson(response, 200, { issuer, ...endpoints })
      }
      case "/token":
        return refresh(form.get("refresh_token") ?? "", response)
      case "/revoke":
        sessions.end(form.get("token") ?? "")
        return sendJson(response, 200, {})
      default:
        return sendJson(response, 404, { error: "not_found" })
    }
  })

  return Object.assign(state, {
    issuer,
    clientId: "app",
    clientSecret,
    counts: sessions.counts,
    issuedAt: sessions.issuedAt,
    begin() {
      const { session, tokens } = sessions.begin()
      const account = { ...answerOf(tokens), provider: "oidc", providerAccountId: session }
      return { account: account as SignInAccount, session }
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}
