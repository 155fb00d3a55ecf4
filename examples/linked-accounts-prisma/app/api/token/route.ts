import { json, jsonRoute } from "@/json-route"
import { tokenJson, tokensAreExposed } from "@/token"

export const GET = jsonRoute((request) => {
  if (!tokensAreExposed()) return json({ error: "not_found" }, 404)
  return tokenJson(request.nextUrl.searchParams.get("provider") ?? undefined)
})
