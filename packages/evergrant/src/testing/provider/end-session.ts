/**
 * The end session endpoint as Keycloak has it: a hint alone ends the session, from server to server and without a
 * cookie. oidc-provider's own asks the browser each time.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { JWTPayload } from "jose"
import type Provider from "oidc-provider"
import { type Exchange, sendJson, sendPage, sendRedirect } from "./exchange.ts"
import { html, type Markup } from "./html.ts"
import { endSession } from "./logout-tokens.ts"
import { errorPage, loggedOutPage, page } from "./pages.ts"
import type { Realm } from "./realm.ts"
import { redirectAllowed } from "./redirect-pattern.ts"
import { authenticatedClient } from "./requester.ts"

/** Answers GET and POST of the end session endpoint. */
export type EndSessionHandler = (exchange: Exchange) => Promise<void>

/** Creates the handler of one realm. */
export function createEndSessionHandler(oidc: Provider, realm: Realm): EndSessionHandler {
  const secret = randomBytes(32)
  const proofFor = (sid: string) => createHmac("sha256", secret).update(sid).digest("base64url")

  const browserSession = async ({ request, response }: Exchange): Promise<string | undefined> => {
    const session = await oidc.Session.get(oidc.createContext(request, response))
    return session.accountId === undefined ? undefined : session.uid
  }

  return async (exchange) => {
    const { form, url } = exchange
    const parameter = (name: string) => form.get(name) ?? url.searchParams.get(name) ?? undefined

    const refreshToken = form.get("refresh_token")
    if (refreshToken !== null) return endByRefreshToken(realm, exchange, refreshToken)

    const redirect = { uri: parameter("post_logout_redirect_uri"), state: parameter("state") }
    const hint = parameter("id_token_hint")
    if (hint !== undefined) {
      const claims = await verifiedHint(realm, hint)
      if (!claims) return sendPage(exchange.response, 400, errorPage("Invalid parameter: id_token_hint"))
      const clientId = parameter("client_id") ?? audience(claims)
      if (clientId !== audience(claims)) {
        return sendPage(exchange.response, 400, errorPage("Invalid parameter: client_id"))
      }
      if (!allowed(realm, clientId, redirect.uri)) return refuseRedirect(exchange)
      if (typeof claims.sid === "string") await endSession(realm, claims.sid)
      return done(exchange, redirect)
    }

    const clientId = parameter("client_id")
    if (!allowed(realm, clientId, redirect.uri)) return refuseRedirect(exchange)
    const sid = await browserSession(exchange)
    const proof = form.get("proof")
    // With nobody signed in there is nothing to ask; Keycloak goes straight back (measured).
    if (proof === null && sid === undefined && redirect.uri !== undefined) return done(exchange, redirect)
    if (proof === null)
      return askForConfirmation(exchange, { clientId, redirect, proof: proofFor(sid ?? "") })
    if (!sameText(proof, proofFor(sid ?? ""))) {
      return sendPage(exchange.response, 400, errorPage("This page is too old. Please start again."))
    }
    if (sid !== undefined) await endSession(realm, sid)
    return done(exchange, redirect)
  }
}

interface Redirect {
  uri: string | undefined
  state: string | undefined
}

/** An expired hint is as good as a fresh one: whose session it names does not change. */
async function verifiedHint(realm: Realm, hint: string): Promise<JWTPayload | undefined> {
  try {
    const claims = await realm.keys.verify(hint, { issuer: realm.issuer, clockTolerance: "100 years" })
    return claims.typ === "ID" ? claims : undefined
  } catch {
    return undefined
  }
}

async function endByRefreshToken(realm: Realm, exchange: Exchange, token: string): Promise<void> {
  const client = authenticatedClient(realm, exchange)
  if (!client) {
    return sendJson(exchange.response, 401, {
      error: "unauthorized_client",
      error_description: "Invalid client or Invalid client credentials",
    })
  }
  const payload = realm.refreshTokens.peek(token)?.payload
  if (payload?.clientId !== client.id) {
    return sendJson(exchange.response, 400, {
      error: "invalid_grant",
      error_description: "Invalid refresh token",
    })
  }
  if (payload.sid !== undefined) await endSession(realm, payload.sid)
  exchange.response.writeHead(204, { "cache-control": "no-store" })
  exchange.response.end()
}

function audience({ aud }: JWTPayload): string | undefined {
  return typeof aud === "string" ? aud : aud?.[0]
}

function allowed(realm: Realm, clientId: string | undefined, uri: string | undefined): boolean {
  if (uri === undefined) return true
  return redirectAllowed(realm.clients.get(clientId ?? "")?.postLogoutRedirectUris ?? [], uri)
}

function refuseRedirect({ response }: Exchange): void {
  sendPage(response, 400, errorPage("Invalid redirect uri"))
}

function done({ response }: Exchange, { uri, state }: Redirect): void {
  const target = uri === undefined ? null : new URL(uri)
  if (state !== undefined) target?.searchParams.set("state", state)
  if (target) sendRedirect(response, target.href)
  else sendPage(response, 200, loggedOutPage())
}

interface Confirmation {
  clientId: string | undefined
  redirect: Redirect
  proof: string
}

function askForConfirmation({ response, url }: Exchange, { clientId, redirect, proof }: Confirmation): void {
  const hidden = (name: string, value: string | undefined): Markup | undefined =>
    value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`
  const body = html`<main class="narrow">
<h1>Logging out</h1><p>Do you want to log out?</p>
<form method="post" action="${url.pathname}">
${hidden("proof", proof)}${hidden("client_id", clientId)}
${hidden("post_logout_redirect_uri", redirect.uri)}${hidden("state", redirect.state)}
<button class="primary">Log out</button></form></main>`
  sendPage(response, 200, page("Logging out", body))
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
