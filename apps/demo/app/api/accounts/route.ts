import { SignedOutError } from "evergrant"
import { sessionStatus } from "@/auth"
import { readAccounts } from "@/data/accounts"
import { hasDatabase } from "@/data/database"
import { json, jsonRoute } from "@/http/json-route"

/** Article 2: what the account table holds, without a token. */
export const GET = jsonRoute(async () => {
  if (!hasDatabase) return json({ error: "not_implemented", reason: "DATABASE_URL is none" }, 501)
  const status = await sessionStatus()
  if (status.status === "signed_out") throw new SignedOutError(status.reason)
  return readRows(status.session.user.id)
})

function readRows(userId: string) {
  try {
    return readAccounts(userId)
  } catch {
    return json({ error: "unavailable" }, 503)
  }
}
