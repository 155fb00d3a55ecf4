/** Takes each request of the embedded provider to the part that answers it. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { setTimeout as delay } from "node:timers/promises"
import type Provider from "oidc-provider"
import { handleControl } from "./control-surface.ts"
import { createEndSessionHandler } from "./end-session.ts"
import { type Exchange, readBody, replayRequest, sendJson, sendPage, sendRedirect } from "./exchange.ts"
import { type Process, strike } from "./fault-strike.ts"
import type { FaultEndpoint } from "./faults.ts"
import { errorPage } from "./pages.ts"
import { paths, serverEndpointAt } from "./paths.ts"
import type { Realm } from "./realm.ts"
import { claimedRequester } from "./requester.ts"
import { handleSignIn } from "./sign-in-page.ts"
import { answerUserinfo } from "./userinfo.ts"

/** Listens to the requests of one HTTP server. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Creates the listener of one realm. */
export function createListener(
  oidc: Provider,
  realm: Realm,
  onServerError: (error: unknown) => void,
): Listener {
  const process = createProcess(oidc, realm)

  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? "/", realm.origin)
    const body = await readBody(request)
    if (!url) return sendJson(response, 400, { error: "invalid_request" })
    if (!body) return sendJson(response, 413, { error: "invalid_request" }, { connection: "close" })
    const path = url.pathname.startsWith(`${realm.basePath}/`)
      ? url.pathname.slice(realm.basePath.length)
      : ""
    const exchange: Exchange = {
      method: request.method ?? "GET",
      url,
      path,
      body: body.toString(),
      form: formOf(request, body),
      request: replayRequest(request, body, {
        mountPath: realm.basePath,
        url: adaptAuthorization(path, url),
      }),
      response,
    }
    if (url.pathname === "/" || url.pathname.startsWith("/control")) {
      return handleControl(realm, exchange)
    }
    if (path === "" || path === "/") return sendRedirect(response, "/")
    const endpoint = serverEndpointAt(path)
    if (endpoint === undefined) return process(exchange)
    await serve(realm, endpoint, exchange, process)
  }

  return (request, response) => {
    listen(request, response).catch((error: unknown) => {
      // A client that hangs up while it is still sending is no error of ours.
      if (request.destroyed && !request.complete) return
      onServerError(error)
      if (!response.headersSent) sendJson(response, 500, { error: "server_error" })
    })
  }
}

function createProcess(oidc: Provider, realm: Realm): Process {
  const answerWithOidc = oidc.callback()
  const answerEndSession = createEndSessionHandler(oidc, realm)
  return async (exchange) => {
    const { path, method, request, response } = exchange
    if (path === paths.userinfo && method !== "OPTIONS") return answerUserinfo(realm, exchange)
    if (path === paths.logout) return answerEndSession(exchange)
    if (path.startsWith(`${paths.signIn}/`)) return handleSignIn(oidc, realm, exchange)
    if (path.startsWith(`${paths.logout}/`)) return sendPage(response, 404, errorPage("Page not found"))
    await answerWithOidc(request, response)
  }
}

/** One request to an endpoint that servers call: latency, faults and counters apply. */
async function serve(
  realm: Realm,
  endpoint: FaultEndpoint,
  exchange: Exchange,
  process: Process,
): Promise<void> {
  const { counters, faults, settings } = realm
  const { latency } = settings.get()
  const grantType = exchange.form.get("grant_type")
  const whose = claimedRequester(realm, exchange)
  const refresh = endpoint === "token" && grantType === "refresh_token"
  if (refresh) counters.count("refreshRequests", whose)
  if (latency > 0) await delay(latency * 1000, undefined, { ref: false })

  const fault = faults.take(endpoint, grantType)
  if (!fault) await process(exchange)
  const status = fault ? await strike(faults, fault, exchange, process) : exchange.response.statusCode
  if (status === undefined) {
    if (refresh) counters.count("refreshFaulted", whose)
    return
  }
  const good = status < 400
  if (refresh) counters.count(good ? "refreshSucceeded" : "refreshRefused", whose)
  else if (endpoint === "token" && good) counters.count("codeExchanges", whose)
  else if (endpoint === "userinfo") counters.count(good ? "userinfo" : "userinfoRefused", whose)
  else if (endpoint === "logout") counters.count("endSession", whose)
  else if (endpoint === "revocation") counters.count("revocations", whose)
  else if (endpoint === "introspection") counters.count("introspections", whose)
}

function formOf({ headers }: IncomingMessage, body: Buffer): URLSearchParams {
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false
  return new URLSearchParams(isForm ? body.toString() : "")
}

/**
 * The URL for oidc-provider. It gives `offline_access` only with `prompt=consent`; Keycloak asks for no prompt. As
 * there is no consent page, adding it has no other effect.
 */
function adaptAuthorization(path: string, url: URL): string {
  const query = new URLSearchParams(url.searchParams)
  const prompts = (query.get("prompt") ?? "").split(" ").filter(Boolean)
  const offline = (query.get("scope") ?? "").split(" ").includes("offline_access")
  if (path !== paths.authorization || !offline || prompts.includes("none")) return `${path}${url.search}`
  query.set("prompt", [...new Set([...prompts, "consent"])].join(" "))
  return `${path}?${query}`
}
