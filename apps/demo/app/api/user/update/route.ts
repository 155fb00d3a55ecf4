import { readJsonObject } from "evergrant/next"
import { refreshSession, requireSameOrigin } from "@/auth"
import { jsonRoute } from "@/http/json-route"
import { updateJson } from "@/http/session-json"

/** Article 1. What changed comes from the provider alone: the body is bounded and not looked at. */
export const POST = jsonRoute(async (request) => {
  requireSameOrigin(request)
  await readJsonObject(request)
  return updateJson(await refreshSession())
})
