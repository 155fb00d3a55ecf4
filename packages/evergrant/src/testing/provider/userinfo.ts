/** The userinfo endpoint. oidc-provider's own refuses tokens that have an audience; Keycloak's all have one. */
import { identityClaims, scopeSet } from "./claims.ts"
import { type Exchange, sendJson } from "./exchange.ts"
import type { Realm } from "./realm.ts"
import { bearerToken } from "./requester.ts"

/** Answers the claims as they are now, also to a token from before they changed. */
export async function answerUserinfo(realm: Realm, exchange: Exchange): Promise<void> {
  const token = bearerToken(exchange)
  if (token === undefined) return refuse(realm, exchange, 401)
  try {
    await realm.keys.verify(token, { issuer: realm.issuer, audience: "account" })
  } catch {
    return refuse(realm, exchange, 401, "invalid_token", "Token verification failed")
  }
  const record = realm.accessTokens.get(token)
  const user = realm.users.bySub(record?.sub ?? "")
  if (!record || !realm.accessTokens.isAlive(token)) {
    return refuse(realm, exchange, 401, "invalid_token", "user_session_not_found")
  }
  if (!user?.enabled) return refuse(realm, exchange, 401, "invalid_token", "User disabled")
  const scopes = scopeSet(record.scope)
  if (!scopes.has("openid")) return refuse(realm, exchange, 403, "insufficient_scope", "Missing openid scope")
  sendJson(exchange.response, 200, identityClaims(user, scopes))
}

function refuse(
  realm: Realm,
  { response }: Exchange,
  status: number,
  error?: string,
  description?: string,
): void {
  const details = error === undefined ? "" : `, error="${error}", error_description="${description}"`
  sendJson(response, status, error === undefined ? {} : { error, error_description: description }, {
    "www-authenticate": `Bearer realm="${realm.name}"${details}`,
  })
}
