/** Back-channel logout: the tokens that tell applications that a session is over. */
import { randomUUID } from "node:crypto"
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"
import type { LogoutDelivery, LogoutTokenOptions } from "./logout-token-options.ts"
import type { Realm } from "./realm.ts"
import type { SsoSession } from "./sso-sessions.ts"

const logoutTokenLife: Seconds = 120
const deliveryLimitMs = 5000
const event = "http://schemas.openid.net/event/backchannel-logout"

/** Makes a signed logout token. */
export function mintLogoutToken(realm: Realm, options: LogoutTokenOptions = {}): Promise<string> {
  const user = options.username === undefined ? undefined : realm.users.get(options.username)
  if (options.username !== undefined && !user) {
    throw new ConfigurationError("option_invalid", `There is no user "${options.username}".`)
  }
  const anyone = options.sid === undefined && options.sub === undefined && !user
  const newest = realm.sessions.list().findLast(({ sub }) => anyone || sub === user?.sub)
  const sid = options.sid ?? newest?.sid
  const session = realm.sessions.get(sid ?? "")
  const sub = options.sub ?? user?.sub ?? session?.sub
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    iss: realm.issuer,
    aud: options.clientId ?? session?.clientIds[0] ?? realm.clients.list()[0]?.id,
    iat,
    exp: iat + logoutTokenLife,
    jti: randomUUID(),
    typ: "Logout",
    sid,
    sub,
    events: { [event]: {} },
    ...options.claims,
  }
  const header = { typ: "logout+jwt", ...options.header }
  const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  return options.foreignKey ? realm.keys.signAsStranger(present, header) : realm.keys.sign(present, header)
}

/** Posts a logout token to the client's `backchannelLogoutUri`. Resolves to nothing when it has none. */
export async function sendLogoutToken(
  realm: Realm,
  clientId: string,
  token: string,
): Promise<LogoutDelivery | undefined> {
  const uri = realm.clients.get(clientId)?.backchannelLogoutUri
  if (uri === undefined) return undefined
  try {
    const { status } = await fetch(uri, {
      method: "POST",
      body: new URLSearchParams({ logout_token: token }),
      redirect: "manual",
      signal: AbortSignal.timeout(deliveryLimitMs),
    })
    return { clientId, uri, status }
  } catch {
    // Keycloak does not try again either (measured); the missing status tells the caller.
    return { clientId, uri }
  }
}

/** Ends a session and tells its applications. Resolves to nothing when it was not alive. */
export async function endSession(realm: Realm, sid: string): Promise<readonly LogoutDelivery[] | undefined> {
  const session = realm.sessions.end(sid)
  return session && notify(realm, session)
}

async function notify(realm: Realm, session: SsoSession): Promise<readonly LogoutDelivery[]> {
  const { sid, sub } = session
  const listening = session.clientIds.filter(
    (id) => realm.clients.get(id)?.backchannelLogoutUri !== undefined,
  )
  const deliveries = await Promise.all(
    listening.map(async (clientId) => {
      realm.counters.count("logoutTokens", { clientId, sid })
      return sendLogoutToken(realm, clientId, await mintLogoutToken(realm, { clientId, sid, sub }))
    }),
  )
  return deliveries.filter((delivery) => delivery !== undefined)
}
