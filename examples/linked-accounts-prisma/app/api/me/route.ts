import { jsonRoute, requireSession, sessionJson } from "@/json-route"

export const GET = jsonRoute(async () => {
  const session = await requireSession()
  return { ...sessionJson(session), data: session.data, expiresAt: session.grants[0]?.expiresAt ?? null }
})
