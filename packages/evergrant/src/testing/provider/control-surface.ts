/** Everything that the programmatic API can do, over HTTP on the loopback interface. */
import { isEvergrantError, RequestError } from "../../errors.ts"
import { parseBody, pick } from "./control-body.ts"
import { requireLocal, requireOwnWrite } from "./control-guard.ts"
import { sendControlPage } from "./control-page.ts"
import { type Exchange, sendJson } from "./exchange.ts"
import type { Fault } from "./faults.ts"
import type { JsonObject } from "./json-object.ts"
import { mintLogoutToken, sendLogoutToken } from "./logout-tokens.ts"
import type { Realm } from "./realm.ts"
import { createSessionControl } from "./session-control.ts"
import type { Lifetimes, Rotation } from "./settings.ts"

/** Answers `/` and `/control/…`. */
export async function handleControl(realm: Realm, exchange: Exchange): Promise<void> {
  const { method, request, response, url } = exchange
  try {
    requireLocal(request)
    if (url.pathname === "/" && method === "GET") return sendControlPage(realm, response)
    if (url.pathname === "/control/state" && method === "GET")
      return sendJson(response, 200, controlState(realm))
    const [, action] = /^\/control\/(.+)$/.exec(url.pathname) ?? []
    if (method !== "POST" || action === undefined) throw notFound()
    requireOwnWrite(realm, request)
    sendJson(response, 200, await act(realm, action, parseBody(exchange.body)))
  } catch (error) {
    if (!isEvergrantError(error)) throw error
    const status = error instanceof RequestError ? error.status : 400
    sendJson(response, status, { error: error.code, message: error.message })
  }
}

/** What `GET /control/state` answers: all but secrets and tokens. */
function controlState(realm: Realm): JsonObject {
  const clients = realm.clients.list()
  return {
    issuer: realm.issuer,
    users: realm.users.list(),
    clients,
    settings: realm.settings.get(),
    faults: realm.faults.list(),
    sessions: realm.sessions.list(),
    counters: {
      total: realm.counters.get(),
      clients: Object.fromEntries(clients.map(({ id }) => [id, realm.counters.get({ clientId: id })])),
    },
  }
}

async function act(realm: Realm, action: string, body: JsonObject): Promise<JsonObject> {
  const [, username] = /^users\/([^/]+)$/.exec(action) ?? []
  if (username !== undefined) return patchUser(realm, username, body)
  switch (action) {
    case "settings":
      return { settings: changeSettings(realm, body) }
    case "faults":
      realm.faults.set(toFault(body))
      return { faults: realm.faults.list() }
    case "faults/clear":
      realm.faults.clear()
      return { faults: [] }
    case "counters/reset":
      realm.counters.reset()
      return { counters: realm.counters.get() }
    case "sessions/end":
      return endSessions(realm, body)
    case "logout-token":
      return logoutToken(realm, body)
    default:
      throw notFound()
  }
}

function patchUser(realm: Realm, encodedName: string, body: JsonObject): JsonObject {
  const user = realm.users.list().find(({ username }) => encodeURIComponent(username) === encodedName)
  if (!user) throw notFound()
  const patch = pick(body, {
    password: "string",
    email: "string",
    emailVerified: "boolean",
    name: "string",
    givenName: "string",
    familyName: "string",
    attributes: "object",
    roles: "strings",
    enabled: "boolean",
  })
  return { user: realm.users.update(user.username, patch) }
}

function changeSettings(realm: Realm, body: JsonObject) {
  const { rotation, ...rest } = body
  const { lifetimes, latency } = pick(rest, { lifetimes: "object", latency: "number" })
  const lives: Partial<Lifetimes> | undefined =
    lifetimes && pick(lifetimes, { accessToken: "number", refreshToken: "number", ssoMax: "number" })
  return realm.settings.set({
    // Checked by the settings themselves, which also refuse what is none of the three.
    ...(rotation === undefined ? {} : { rotation: rotation as Rotation }),
    ...(lives === undefined ? {} : { lifetimes: lives }),
    ...(latency === undefined ? {} : { latency }),
  })
}

function toFault(body: JsonObject): Fault {
  const fault = pick(body, {
    kind: "string",
    endpoint: "string",
    times: "number",
    seconds: "number",
    retryAfter: "number",
    grant: "string",
  })
  // The names are checked by the switch itself, which refuses unknown ones.
  return fault as Fault
}

async function endSessions(realm: Realm, body: JsonObject): Promise<JsonObject> {
  const { sid, username } = pick(body, { sid: "string", username: "string" })
  if ((sid === undefined) === (username === undefined)) {
    throw new RequestError("request_invalid", 400, "Name either a sid or a username.")
  }
  const sessions = createSessionControl(realm)
  return { logoutTokens: sid === undefined ? await sessions.endAll(username) : await sessions.end(sid) }
}

async function logoutToken(realm: Realm, body: JsonObject): Promise<JsonObject> {
  const { send, ...options } = pick(body, {
    clientId: "string",
    sid: "string",
    sub: "string",
    username: "string",
    claims: "object",
    header: "object",
    foreignKey: "boolean",
    send: "boolean",
  })
  const token = await mintLogoutToken(realm, options)
  const delivery = send ? await sendLogoutToken(realm, options.clientId ?? "", token) : undefined
  return { logout_token: token, ...(delivery ? { delivery } : {}) }
}

function notFound(): RequestError {
  return new RequestError("request_invalid", 404, "There is nothing here.")
}
