/** Makes the answers of the token, revocation and introspection endpoints what Keycloak's are. */
import { decodeJwt } from "jose"
import type Provider from "oidc-provider"
import type { KoaContextWithOIDC } from "oidc-provider"
import { isJsonObject } from "./json-object.ts"
import type { Realm } from "./realm.ts"

/** oidc-provider announces each answer after it is made and before it is sent: these listeners change it. */
export function shapeTokenAnswers(oidc: Provider, realm: Realm): void {
  oidc.on("grant.success", (ctx) => completeTokenResponse(ctx, realm))
  oidc.on("grant.error", (ctx, error) => {
    shapeClientError(ctx)
    explainRefusal(ctx, realm, error.error_detail)
  })
  oidc.on("revocation.error", (ctx) => {
    shapeClientError(ctx)
    revokeAccessToken(ctx, realm)
  })
  oidc.on("introspection.error", (ctx) => {
    shapeClientError(ctx)
    introspectAccessToken(ctx, realm)
  })
  oidc.on("grant.revoked", (ctx, grantId) => {
    // A revoked refresh token takes the whole SSO session with it, and no logout token is sent (measured).
    const token = ctx.oidc.entities.RefreshToken
    if (ctx.oidc.route === "revocation" && token?.expiresWithSession) realm.sessions.end(token.sid ?? "")
    realm.grants.forget(grantId)
  })
}

function completeTokenResponse(ctx: KoaContextWithOIDC, realm: Realm): void {
  const { AccessToken: accessToken, RefreshToken: refreshToken } = ctx.oidc.entities
  const { body } = ctx
  if (!accessToken || !isJsonObject(body) || typeof body.access_token !== "string") return
  const sid = accessToken.sid
  const offline = refreshToken !== undefined && !refreshToken.expiresWithSession
  realm.accessTokens.record(body.access_token, {
    clientId: accessToken.clientId ?? "",
    sub: accessToken.accountId,
    grantId: accessToken.grantId,
    offline,
    scope: accessToken.scope ?? "",
    expiresAt: Date.now() / 1000 + accessToken.expiration,
    ...(sid === undefined ? {} : { sid }),
  })
  if (sid !== undefined) realm.sessions.touch(sid)

  const { lifetimes, rotation } = realm.settings.get()
  const refreshLife = realm.sessions.clamp(lifetimes.refreshToken, sid)
  if (rotation === "off" && !offline && typeof body.refresh_token === "string") {
    realm.refreshTokens.prolong(body.refresh_token, refreshLife)
  }
  Object.assign(body, {
    refresh_expires_in: offline ? 0 : refreshLife,
    "not-before-policy": 0,
    session_state: sid,
  })
}

function shapeClientError(ctx: KoaContextWithOIDC): void {
  if (ctx.status !== 401 || !isJsonObject(ctx.body) || ctx.body.error !== "invalid_client") return
  ctx.body = {
    error: "unauthorized_client",
    error_description: "Invalid client or Invalid client credentials",
  }
}

const refusals: readonly (readonly [detail: string, description: string])[] = [
  ["already used", "Maximum allowed refresh token reuse exceeded"],
  ["is expired", "Token is not active"],
  ["grant not found", "Session doesn't have required client"],
  ["account not found", "User disabled"],
  ["client mismatch", "Invalid refresh token. Token client and authorized client don't match"],
]

function explainRefusal(ctx: KoaContextWithOIDC, realm: Realm, detail = ""): void {
  if (!isJsonObject(ctx.body) || ctx.body.error !== "invalid_grant") return
  const token = ctx.oidc.params?.refresh_token
  if (typeof token !== "string") return
  const known = refusals.find(([part]) => detail.includes(part))?.[1]
  ctx.body = { error: "invalid_grant", error_description: known ?? whyNotFound(realm, token) }
}

function whyNotFound(realm: Realm, token: string): string {
  const record = realm.refreshTokens.peek(token)
  if (!record) return "Invalid refresh token"
  const { sid, expiresWithSession } = record.payload
  if (expiresWithSession && !realm.sessions.isAlive(sid ?? "")) return "Session not active"
  return "Session doesn't have required client"
}

/** oidc-provider refuses to look at signed tokens here; Keycloak does it. The client is authenticated by now. */
function issuedToken(ctx: KoaContextWithOIDC, realm: Realm): string | undefined {
  const token = ctx.oidc.params?.token
  const refused = isJsonObject(ctx.body) && ctx.body.error === "unsupported_token_type"
  if (!refused || !ctx.oidc.client || typeof token !== "string") return undefined
  return realm.accessTokens.get(token) ? token : ""
}

function revokeAccessToken(ctx: KoaContextWithOIDC, realm: Realm): void {
  const token = issuedToken(ctx, realm)
  if (token === undefined) return
  if (realm.accessTokens.get(token)?.clientId === ctx.oidc.client?.clientId) realm.accessTokens.revoke(token)
  ctx.status = 200
  ctx.body = ""
}

function introspectAccessToken(ctx: KoaContextWithOIDC, realm: Realm): void {
  const token = issuedToken(ctx, realm)
  if (token === undefined) return
  ctx.status = 200
  ctx.body = realm.accessTokens.isAlive(token)
    ? { ...decodeJwt(token), active: true, token_type: "Bearer" }
    : { active: false }
}
