/** One table: what went wrong at a provider, and what that means for the user's session. */
import { OperationProcessingError, ResponseBodyError, WWWAuthenticateChallengeError } from "oauth4webapi"
import type { Seconds } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import { BoundedFetchError } from "./bounded-fetch.ts"

/** Only `terminal` ends a session. Whatever is not known is transient. */
export type FailureKind = "terminal" | "configuration" | "transient"

export interface RefreshFailure {
  kind: FailureKind
  /** An OAuth error code (RFC 6749 §5.2) or one word of ours. Never the provider's own text. */
  code: string
  /** The refresh token may have been spent: the request was sent and no answer tells. */
  ambiguous: boolean
  /** Seconds that the provider asked us to wait. */
  retryAfter?: Seconds
}

const configurationErrors: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_request",
  "access_denied",
])

/** Network errors that happen before a byte of the request has left. */
const neverSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
])

/** Statuses by which a provider says itself that it did not process the request. */
const notProcessed: ReadonlySet<number> = new Set([408, 425, 429, 503])

/** Classifies what a token request threw. */
export function classifyRefreshFailure(error: unknown): RefreshFailure {
  if (error instanceof ResponseBodyError) return fromErrorAnswer(error.status, error.error, error.response)
  if (error instanceof WWWAuthenticateChallengeError) {
    return fromErrorAnswer(error.status, `status_${error.status}`, error.response)
  }
  if (error instanceof OperationProcessingError) return fromUnreadableAnswer(error)
  if (error instanceof BoundedFetchError) return { kind: "transient", code: error.why, ambiguous: true }
  if (isEvergrantError(error)) {
    const kind = error.remedy === "reconfigure" ? "configuration" : "transient"
    return { kind, code: error.code, ambiguous: false }
  }
  const code = networkCode(error)
  return { kind: "transient", code: code ?? "network", ambiguous: code === undefined || !neverSent.has(code) }
}

function fromErrorAnswer(status: number, code: string, response: Response): RefreshFailure {
  const retryAfter = readRetryAfter(response)
  const wait = retryAfter === undefined ? {} : { retryAfter }
  const known = /^[a-z_0-9]{1,40}$/.test(code) ? code : "unknown_error"
  if (status === 400 && code === "invalid_grant") return { kind: "terminal", code, ambiguous: false }
  if (status === 401 || status === 403 || configurationErrors.has(code)) {
    return { kind: "configuration", code: known, ambiguous: false, ...wait }
  }
  // Some providers look at the resource (RFC 8707) only after they have spent the refresh token.
  const ambiguous = (status >= 500 && !notProcessed.has(status)) || code === "invalid_target"
  return { kind: "transient", code: known, ambiguous, ...wait }
}

/** An answer that is no token response: a gateway's page, a truncated body, wrong types. */
function fromUnreadableAnswer(error: OperationProcessingError): RefreshFailure {
  const response = error.cause instanceof Response ? error.cause : undefined
  const status = response?.status ?? 0
  if (status === 401 || status === 403)
    return { kind: "configuration", code: `status_${status}`, ambiguous: false }
  const retryAfter = response && readRetryAfter(response)
  return {
    kind: "transient",
    code: status === 200 || status === 0 ? "response_invalid" : `status_${status}`,
    ambiguous: !notProcessed.has(status),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

function readRetryAfter(response: Response): Seconds | undefined {
  const value = response.headers.get("retry-after")
  if (value === null) return undefined
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : undefined
  return seconds === undefined ? undefined : Math.min(seconds, 3600)
}

function networkCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code
  }
  return undefined
}
