import { SignedOutError } from "evergrant"
import { sessionStatus } from "@/auth"
import { jsonRoute } from "@/http/json-route"
import { updateJson } from "@/http/session-json"

export const GET = jsonRoute(async () => {
  const status = await sessionStatus()
  if (status.status === "signed_out") throw new SignedOutError(status.reason)
  const { session } = status
  return { ...updateJson(session), data: session.data, expiresAt: session.grants[0]?.expiresAt ?? null }
})
