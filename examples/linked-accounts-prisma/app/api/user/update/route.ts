import { readJsonObject } from "evergrant/next"
import { refreshSession, requireSameOrigin } from "@/auth"
import { jsonRoute, sessionJson } from "@/json-route"

/** Article 1. What changed comes from the provider alone: the body is bounded and not looked at. */
export const POST = jsonRoute(async (request) => {
  requireSameOrigin(request)
  await readJsonObject(request)
  return sessionJson(await refreshSession())
})
