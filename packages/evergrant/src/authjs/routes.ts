/** `/api/auth/evergrant/*`: Request to Response, for any host. */
import { NoGrantError, RequestError, SignedOutError } from "../errors.ts"
import { readJsonObject } from "../wire/json-body.ts"
import { json, toErrorResponse } from "../wire/responses.ts"
import { requireSameOrigin } from "../wire/same-origin.ts"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"
import { presentSession } from "./present-session.ts"
import { readRequest } from "./read-request.ts"
import type { EvergrantSession } from "./session-shape.ts"
import { silentPath } from "./silent/offered.ts"
import { type AnswerWithCookies, startSilentSignIn } from "./silent/start.ts"
import type { Site } from "./site.ts"

interface RouteRequest {
  binding: Binding
  site: Site
  request: Request
}

interface Route {
  method: "GET" | "POST"
  handle: ((request: RouteRequest) => Promise<Response | AnswerWithCookies>) | "not_built"
}

const routes: Readonly<Record<string, Route>> = {
  session: { method: "GET", handle: answerSession },
  refresh: { method: "POST", handle: answerRefresh },
  patch: { method: "POST", handle: answerPatch },
  events: { method: "GET", handle: "not_built" },
  "backchannel-logout": { method: "POST", handle: "not_built" },
  "frontchannel-logout": { method: "GET", handle: "not_built" },
  "signed-out": { method: "GET", handle: "not_built" },
  silent: {
    method: "GET",
    handle: ({ binding, site, request }) => startSilentSignIn(binding, site, request),
  },
}

/** Answers a request for `<basePath>/evergrant/<name>`. The host sets the cookies. */
export async function answerRoute(
  binding: Binding,
  site: Site,
  request: Request,
  name: string,
): Promise<AnswerWithCookies> {
  const answer = await choose(binding, site, request, name)
  return answer instanceof Response ? { response: answer, cookies: [] } : answer
}

async function choose(
  binding: Binding,
  site: Site,
  request: Request,
  name: string,
): Promise<Response | AnswerWithCookies> {
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (!route) return json({ error: "not_found" }, 404)
  if (route.handle === "not_built") return json({ error: "not_implemented" }, 501)
  if (route.method !== request.method)
    return json({ error: "method_not_allowed" }, 405, { allow: route.method })
  try {
    if (route.method === "POST") requireSameOrigin(request.headers, site.origin)
    return await route.handle({ binding, site, request })
  } catch (error) {
    return toErrorResponse(error)
  }
}

/** Looks, and keeps nobody alive: a page may poll it for ever. */
async function answerSession({ binding, site, request }: RouteRequest): Promise<Response> {
  const cookie = request.headers.get("cookie") ?? ""
  const reading = await readRequest(binding, site.settings, cookie, { refresh: false })
  if (reading.status === "signed_out") {
    const { status, reason } = reading
    const silent = await silentPath(binding, site.settings, cookie, reason)
    return json({ status, reason, ...(silent === undefined ? {} : { silent }) })
  }
  const { view } = reading.session
  const ends = [
    reading.session.cookie.exp ?? view.expiresAt,
    ...view.grants.flatMap((g) => g.sessionExpiresAt ?? []),
  ]
  return json({ status: "session", expiresAt: Math.floor(Math.min(...ends)), version: view.version })
}

async function answerRefresh(request: RouteRequest): Promise<Response> {
  await readJsonObject(request.request)
  const live = await requireSession(request)
  if (!live.bound) throw new NoGrantError()
  const view = await request.binding.evergrant.refreshSession(live.handle)
  return json(summary(await present(request.binding, { ...live, view })))
}

async function answerPatch(request: RouteRequest): Promise<Response> {
  const { binding } = request
  const patch = await readJsonObject(request.request)
  const live = await requireSession(request)
  if (Object.keys(patch).length === 0)
    throw new RequestError("request_invalid", 400, "The patch holds no field.")
  if (!live.bound) return json({ data: await binding.evergrant.patchData(live.view.user, patch, "browser") })
  const view = await binding.evergrant.patchSession(live.handle, patch, "browser")
  const session = await present(binding, { ...live, view })
  return json({ data: session.data, version: session.version })
}

async function requireSession({ binding, site, request }: RouteRequest): Promise<LiveSession> {
  const cookie = request.headers.get("cookie") ?? ""
  const reading = await readRequest(binding, site.settings, cookie, { refresh: false })
  if (reading.status === "signed_out") throw new SignedOutError(reading.reason)
  return reading.session
}

async function present(binding: Binding, live: LiveSession): Promise<EvergrantSession> {
  const presented = await presentSession(binding, live)
  if ("denied" in presented) throw new SignedOutError(presented.denied)
  return presented.session
}

function summary({ user, claims, grants, version }: EvergrantSession): Record<string, unknown> {
  return { user, claims, generation: grants[0]?.generation ?? null, version }
}
