/**
 * The errors of Evergrant. The class says what to do, the code says what happened. They are recognised by a
 * brand and not by `instanceof`, because a bundler may load this module more than once. No message, cause or
 * field ever holds a token, a cookie or a secret.
 */
import type { Seconds } from "./clock.ts"

const brand = Symbol.for("evergrant.error")

/** What a caller can do about an error. */
export type Remedy = "retry" | "reauthenticate" | "reconfigure" | "reject"

/** Every code that an {@link EvergrantError} can carry. Stable across major versions. */
export type ErrorCode =
  | "option_invalid"
  | "endpoint_missing"
  | "issuer_mismatch"
  | "client_rejected"
  | "provider_unavailable"
  | "response_invalid"
  | "id_token_invalid"
  | "access_token_invalid"
  | "signed_out"
  | "no_grant"
  | "scope_invalid"
  | "scope_refused"
  | "store_unavailable"
  | "record_unreadable"
  | "accounts_unavailable"
  | "patch_not_allowed"
  | "patch_invalid"
  | "cross_site"
  | "request_invalid"

/** Why a login is over, or why there is none. Fit for logs and for the browser. */
export type SignedOutReason =
  | "no_session"
  | "signed_out"
  | "replaced"
  | "unknown_session"
  | "unreadable_session"
  | "provider_session_ended"
  | "provider_session_expired"
  | "session_expired"
  | "session_deleted"
  | "grant_revoked"
  | "rotation_lost"
  | "subject_changed"
  | "denied_by_application"

/** The base of every error that Evergrant throws on purpose. */
export class EvergrantError extends Error {
  override name = "EvergrantError"
  readonly code: ErrorCode
  readonly remedy: Remedy

  constructor(code: ErrorCode, remedy: Remedy, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.remedy = remedy
    Object.defineProperty(this, brand, { value: true })
  }
}

/** An option, an environment variable or the client's registration at the provider is wrong. */
export class ConfigurationError extends EvergrantError {
  override name = "ConfigurationError"
  constructor(
    code: "option_invalid" | "endpoint_missing" | "issuer_mismatch" | "client_rejected",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, "reconfigure", message, options)
  }
}

/** The provider cannot be reached, or says that it cannot serve now. Nobody is signed out by this. */
export class ProviderUnavailableError extends EvergrantError {
  override name = "ProviderUnavailableError"
  /** Seconds after which another try makes sense. */
  readonly retryAfter: Seconds
  constructor(message: string, retryAfter: Seconds, options?: ErrorOptions) {
    super("provider_unavailable", "retry", message, options)
    this.retryAfter = retryAfter
  }
}

/** The provider answered something that cannot be accepted. */
export class ProviderResponseError extends EvergrantError {
  override name = "ProviderResponseError"
  constructor(
    code: "response_invalid" | "id_token_invalid" | "access_token_invalid",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, "reject", message, options)
  }
}

/** Nobody is signed in: there is no session, or its login has ended. */
export class SignedOutError extends EvergrantError {
  override name = "SignedOutError"
  readonly reason: SignedOutReason
  constructor(reason: SignedOutReason) {
    super("signed_out", "reauthenticate", `Nobody is signed in (${reason}).`)
    this.reason = reason
  }
}

/** The user is signed in, but the provider gave nothing that could be refreshed. */
export class NoGrantError extends EvergrantError {
  override name = "NoGrantError"
  constructor(provider?: string) {
    super(
      "no_grant",
      "reauthenticate",
      provider
        ? `This login holds no grant of provider "${provider}".`
        : "This login holds no grant: its provider issued no refresh token.",
    )
  }
}

/**
 * The scope, resource or audience that an access token was asked for. `scope_invalid`: it can be none, and nothing was
 * sent. `scope_refused`: the provider does not give a token for it. The session and the main token are as before.
 */
export class ScopeError extends EvergrantError {
  override name = "ScopeError"
  constructor(code: "scope_invalid" | "scope_refused", message: string) {
    super(code, "reject", message)
  }
}

/** The store cannot be read or written. Whether the user is signed in is unknown, not denied. */
export class StoreError extends EvergrantError {
  override name = "StoreError"
  /** Seconds after which another try makes sense. */
  readonly retryAfter: Seconds
  constructor(
    code: "store_unavailable" | "record_unreadable",
    message: string,
    options?: ErrorOptions & { retryAfter?: Seconds },
  ) {
    super(code, code === "store_unavailable" ? "retry" : "reauthenticate", message, options)
    this.retryAfter = options?.retryAfter ?? 1
  }
}

/** The application's account table cannot be read or written now. Evergrant goes on without it. */
export class AccountTableError extends EvergrantError {
  override name = "AccountTableError"
  constructor(message: string) {
    super("accounts_unavailable", "retry", message)
  }
}

/** One refused field of a patch. */
export interface PatchIssue {
  field: string
  message: string
}

/** A patch of the session data was refused; nothing was stored. */
export class SessionPatchError extends EvergrantError {
  override name = "SessionPatchError"
  readonly issues: readonly PatchIssue[]
  constructor(code: "patch_not_allowed" | "patch_invalid", issues: readonly PatchIssue[]) {
    super(
      code,
      "reject",
      `The patch was refused: ${issues.map((i) => `${i.field}: ${i.message}`).join("; ")}`,
    )
    this.issues = issues
  }
}

/** A request that must not be acted on: from another site, or malformed. */
export class RequestError extends EvergrantError {
  override name = "RequestError"
  /** The HTTP status to answer with. */
  readonly status: number
  constructor(code: "cross_site" | "request_invalid", status: number, message: string) {
    super(code, "reject", message)
    this.status = status
  }
}

/** Tells whether `error` is one of Evergrant's, whichever copy of the module made it. */
export function isEvergrantError(error: unknown): error is EvergrantError {
  return typeof error === "object" && error !== null && brand in error
}
