/** Route handlers that answer JSON, which no cache keeps. */
import { toErrorResponse } from "evergrant/next"
import type { NextRequest } from "next/server"

/** Answers JSON. */
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
      return toErrorResponse(error)
    }
  }
}
