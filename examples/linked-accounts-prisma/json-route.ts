/** Route handlers that answer JSON, which no cache keeps, and errors as `{ error, reason? }`. */
import { isEvergrantError, SignedOutError } from "evergrant"
import { toErrorResponse } from "evergrant/next"
import type { NextRequest } from "next/server"
import { type AppSession, sessionStatus } from "@/auth"

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } })
}

/** Makes a route handler: what `work` returns is answered, what it throws becomes 401, 409, 503 and so on. */
export function jsonRoute(
  work: (request: NextRequest) => unknown,
): (request: NextRequest) => Promise<Response> {
  return async (request) => {
    try {
      const result = await work(request)
      return result instanceof Response ? result : json(result)
    } catch (error) {
      if (isEvergrantError(error)) return toErrorResponse(error)
      // The users' database, most likely. Only the name: what it says may quote the values of a row.
      console.error(`A route failed: ${error instanceof Error ? error.name : typeof error}`)
      return json({ error: "unavailable" }, 503)
    }
  }
}

/** The session, for routes that need one. @throws {SignedOutError} */
export async function requireSession(): Promise<AppSession> {
  const status = await sessionStatus()
  if (status.status === "signed_out") throw new SignedOutError(status.reason)
  return status.session
}

/** What an update may have changed. */
export function sessionJson({ user, claims, grants, version }: AppSession) {
  const { id, name = null, email = null } = user
  return { user: { id, name, email }, claims, generation: grants[0]?.generation ?? null, version }
}
