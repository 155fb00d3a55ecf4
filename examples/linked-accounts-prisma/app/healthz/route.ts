import { ping, strategy } from "@/auth"
import { prisma } from "@/database"
import { json } from "@/json-route"

/** Whether the app can serve. With sessions in cookies it can without the users' database. */
export async function GET(): Promise<Response> {
  try {
    await ping()
    if (strategy === "database") await prisma.$queryRaw`SELECT 1`
    return json({ ok: true })
  } catch {
    return json({ error: "unavailable" }, 503)
  }
}
