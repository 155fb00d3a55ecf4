/** Who is asking: the client by its credentials, and the SSO session that the request is about. */
import { decodeJwt } from "jose"
import type { Client } from "./clients.ts"
import type { CounterQuery } from "./counters.ts"
import type { Exchange } from "./exchange.ts"
import type { Realm } from "./realm.ts"

interface Credentials {
  id: string
  secret: string
}

/** The client that proved its secret, by the Authorization header or by form fields. */
export function authenticatedClient(realm: Realm, exchange: Exchange): Client | undefined {
  const credentials = presentedCredentials(exchange)
  return credentials && realm.clients.authenticate(credentials.id, credentials.secret)
}

/** The access token in the Authorization header or in the form. */
export function bearerToken({ request, form }: Exchange): string | undefined {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "") ?? []
  return token ?? form.get("access_token") ?? undefined
}

/** Client and session as claimed, for counting: nothing of it is proved yet. */
export function claimedRequester(realm: Realm, exchange: Exchange): CounterQuery {
  const { form } = exchange
  const refreshToken = form.get("refresh_token") ?? form.get("token")
  const payload =
    realm.refreshTokens.peek(refreshToken ?? "")?.payload ?? realm.codes.peek(form.get("code") ?? "")
  const issued = realm.accessTokens.get(bearerToken(exchange) ?? form.get("token") ?? "")
  const hint = decodedHint(form.get("id_token_hint") ?? exchange.url.searchParams.get("id_token_hint"))
  const clientId =
    presentedCredentials(exchange)?.id ??
    issued?.clientId ??
    hint.clientId ??
    form.get("client_id") ??
    undefined
  const sid = payload?.sid ?? issued?.sid ?? hint.sid
  return { ...(clientId ? { clientId } : {}), ...(sid ? { sid } : {}) }
}

function presentedCredentials({ request, form }: Exchange): Credentials | undefined {
  const [, basic] = /^Basic (\S+)$/i.exec(request.headers.authorization ?? "") ?? []
  if (basic === undefined) {
    const id = form.get("client_id")
    return id === null ? undefined : { id, secret: form.get("client_secret") ?? "" }
  }
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/.exec(Buffer.from(basic, "base64").toString()) ?? []
  return { id: formDecoded(id), secret: formDecoded(secret) }
}

/** The fields of Basic are form-encoded before they are put together (RFC 6749, section 2.3.1). */
function formDecoded(text: string): string {
  return new URLSearchParams(`field=${text}`).get("field") ?? ""
}

function decodedHint(hint: string | null): CounterQuery {
  if (hint === null) return {}
  try {
    const { aud, sid } = decodeJwt(hint)
    return {
      ...(typeof aud === "string" ? { clientId: aud } : {}),
      ...(typeof sid === "string" ? { sid } : {}),
    }
  } catch {
    return {}
  }
}
