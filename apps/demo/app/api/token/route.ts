import { json, jsonRoute } from "@/http/json-route"
import { tokenJson, tokensAreExposed } from "@/http/token-json"

export const GET = jsonRoute((request) => {
  if (!tokensAreExposed()) return json({ error: "not_found" }, 404)
  return tokenJson(request.nextUrl.searchParams.get("provider") ?? undefined)
})
