/** The JSON answers of Evergrant's routes. Never cached, never with a token that was not asked for. */
import {
  type EvergrantError,
  isEvergrantError,
  type ProviderUnavailableError,
  type RequestError,
  type SessionPatchError,
  type SignedOutError,
  type StoreError,
} from "../errors.ts"

/** Answers JSON that no cache keeps. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } })
}

/**
 * Turns an error of Evergrant into its answer: 401 signed out, 409 no grant, 503 provider or store unavailable
 * (with `Retry-After`, and never with a cookie), 4xx for a request that was refused, 500 for a wrong configuration.
 *
 * @throws Whatever is not Evergrant's.
 */
export function toErrorResponse(error: unknown): Response {
  if (!isEvergrantError(error)) throw error
  switch (error.code) {
    case "signed_out":
      return json({ error: error.code, reason: (error as SignedOutError).reason }, 401)
    case "record_unreadable":
      return json({ error: "signed_out", reason: "unreadable_session" }, 401)
    case "no_grant":
      return json({ error: error.code }, 409)
    case "provider_unavailable": {
      const { retryAfter } = error as ProviderUnavailableError
      return json({ error: error.code, retryAfter }, 503, { "retry-after": String(retryAfter) })
    }
    case "store_unavailable":
      return json({ error: "unknown" }, 503, { "retry-after": String((error as StoreError).retryAfter) })
    case "patch_invalid":
    case "patch_not_allowed":
      return json({ error: error.code, issues: (error as SessionPatchError).issues }, 400)
    case "scope_invalid":
    case "scope_refused":
      return json({ error: error.code, reason: error.message }, 400)
    case "cross_site":
    case "request_invalid":
      return json({ error: error.code, reason: error.message }, (error as RequestError).status)
    default:
      return json({ error: (error as EvergrantError).code }, 500)
  }
}
