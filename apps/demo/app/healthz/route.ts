import { ping } from "@/auth"
import { checkUsers } from "@/data/users"
import { json } from "@/http/json-route"

/** Whether the app can serve: both of its databases answer. */
export async function GET(): Promise<Response> {
  try {
    await ping()
    checkUsers()
    return json({ ok: true })
  } catch {
    return json({ error: "unavailable" }, 503)
  }
}
