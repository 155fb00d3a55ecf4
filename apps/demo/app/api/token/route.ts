import { json, jsonRoute, notBuilt } from "@/http/json-route"
import { tokenJson, tokensAreExposed } from "@/http/token-json"

export const GET = jsonRoute((request) => {
  if (!tokensAreExposed()) return json({ error: "not_found" }, 404)
  const provider = request.nextUrl.searchParams.get("provider") ?? undefined
  return provider === "oidc2" ? notBuilt() : tokenJson(provider)
})
