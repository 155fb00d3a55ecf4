/** One table: what went wrong at a provider, and what that means for the user's session. */
import { OperationProcessingError, ResponseBodyError, WWWAuthenticateChallengeError } from "oauth4webapi"
import type { EpochSeconds, Seconds } from "../clock.ts"
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
  /** Every grant of this client would meet it, not only the one that was refreshed. */
  everyGrant?: true
}

/** The client itself is refused. */
const clientErrors: ReadonlySet<string> = new Set([
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
])

/** What was asked for is refused, which may be this grant's alone: its scope, its resource, its user. */
const requestErrors: ReadonlySet<string> = new Set(["invalid_scope", "invalid_request", "access_denied"])

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

/** Statuses by which it refuses the application, whatever the body says, and by which it asks all of us to wait. */
const clientRefused: ReadonlySet<number> = new Set([401, 403])
const asksToWait: ReadonlySet<number> = new Set([429, 503])

/**
 * Classifies what a token request threw.
 *
 * @param now For an instant in `Retry-After`.
 */
export function classifyRefreshFailure(error: unknown, now: EpochSeconds): RefreshFailure {
  if (error instanceof ResponseBodyError) return fromErrorAnswer(error.error, error.response, now)
  if (error instanceof WWWAuthenticateChallengeError) {
    return fromErrorAnswer(`status_${error.status}`, error.response, now)
  }
  if (error instanceof OperationProcessingError) {
    return fromUnreadableAnswer(error.cause instanceof Response ? error.cause : undefined, now)
  }
  if (error instanceof BoundedFetchError) return { kind: "transient", code: error.why, ambiguous: true }
  if (isEvergrantError(error)) {
    const { code } = error
    return error.remedy === "reconfigure"
      ? { kind: "configuration", code, ambiguous: false, everyGrant: true }
      : { kind: "transient", code, ambiguous: false }
  }
  const code = networkCode(error)
  return { kind: "transient", code: code ?? "network", ambiguous: code === undefined || !neverSent.has(code) }
}

/** Tells whether somebody has to change something at the provider or in the application. */
export function isConfigurationFault({ kind }: RefreshFailure): boolean {
  return kind === "configuration"
}

function fromErrorAnswer(code: string, response: Response, now: EpochSeconds): RefreshFailure {
  const { status } = response
  const known = /^[a-z_0-9]{1,40}$/.test(code) ? code : "unknown_error"
  if (status === 400 && code === "invalid_grant") return { kind: "terminal", code, ambiguous: false }
  const clientFault = clientRefused.has(status) || clientErrors.has(code)
  if (clientFault || requestErrors.has(code)) {
    // Some providers refuse a refresh token by the status of a refused client: that is one grant's alone.
    const everyGrant = clientFault && code !== "invalid_grant" ? { everyGrant: true as const } : {}
    return { kind: "configuration", code: known, ambiguous: false, ...everyGrant, ...pause(response, now) }
  }
  // Some providers look at the resource (RFC 8707) only after they have spent the refresh token.
  const ambiguous = (status >= 500 && !notProcessed.has(status)) || code === "invalid_target"
  return { kind: "transient", code: known, ambiguous, ...pause(response, now) }
}

/** An answer that is no token response: a gateway's page, a truncated body, wrong types. */
function fromUnreadableAnswer(response: Response | undefined, now: EpochSeconds): RefreshFailure {
  const status = response?.status ?? 0
  if (clientRefused.has(status))
    return { kind: "configuration", code: `status_${status}`, ambiguous: false, everyGrant: true }
  return {
    kind: "transient",
    code: status === 200 || status === 0 ? "response_invalid" : `status_${status}`,
    ambiguous: !notProcessed.has(status),
    ...(response ? pause(response, now) : {}),
  }
}

/** What the provider asks for by `Retry-After` (RFC 9110 §10.2.3), and whether that is meant for everybody. */
function pause(response: Response, now: EpochSeconds): Pick<RefreshFailure, "retryAfter" | "everyGrant"> {
  const retryAfter = readRetryAfter(response.headers, now)
  if (retryAfter === undefined) return {}
  return asksToWait.has(response.status) ? { retryAfter, everyGrant: true } : { retryAfter }
}

/** The longest wait that is believed. */
const longestWait: Seconds = 3600

/** Seconds, or an instant: counted from the `Date` of the answer, so that the clocks need not agree. */
function readRetryAfter(headers: Headers, now: EpochSeconds): Seconds | undefined {
  const value = headers.get("retry-after")?.trim()
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Math.min(Number(value), longestWait)
  const at = readHttpDate(value)
  if (at === undefined) return undefined
  const wait = at - (readHttpDate(headers.get("date") ?? "") ?? now)
  return wait > 0 ? Math.min(wait, longestWait) : undefined
}

/** Only the form that is still to be sent (RFC 9110 §5.6.7); `Date.parse` alone would read far more than dates. */
function readHttpDate(value: string): EpochSeconds | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return undefined
  const milliseconds = Date.parse(value)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}

function networkCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code
  }
  return undefined
}
