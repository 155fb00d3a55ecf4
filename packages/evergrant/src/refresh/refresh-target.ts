/** What a refresh is asked for, and what comes of it. */
import type { EpochSeconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import type { RefreshFailure } from "../provider/failure.ts"
import type { StoredGrant } from "../store/records.ts"
import { type GrantTimes, spreadOf } from "../tokens/lifetime.ts"
import type { TokenVariant } from "../tokens/variant.ts"
import type { Parts } from "./parts.ts"

/** Which grant, as the caller saw it. */
export interface RefreshTarget {
  /** How its login is found: by the handle of a request, or outside of one by its id. */
  login: { handleHash: string } | { loginId: string }
  grant: StoredGrant
  forced: boolean
  /** Which access token; without it the main one. */
  variant?: TokenVariant
  /** When its caller came: what it has waited for the store is not waited once more. Default: now. */
  since?: EpochSeconds
}

export type RefreshOutcome =
  | { status: "refreshed"; grant: StoredGrant }
  | { status: "ended"; reason: SignedOutReason }
  | { status: "unavailable"; retryAt: number; failure: RefreshFailure }
  /** The provider gives no token for this variant; the grant is as before. */
  | { status: "refused" }

/** Key of everything that is kept per grant: turn, lease, back-off. */
export function grantName(parts: Parts, { loginId, provider, providerAccountId }: StoredGrant): string {
  return JSON.stringify([parts.namespace, loginId, provider, providerAccountId])
}

/** Key of a flight: who wants the same token shares one. */
export function flightName(parts: Parts, { grant, variant }: RefreshTarget): string {
  const name = grantName(parts, grant)
  return variant ? JSON.stringify([name, variant.name]) : name
}

/**
 * The times by which it is decided about a grant. Where the logins of an account share it, one of them may be idle
 * while another keeps it alive: what a copy knows of the end is not the end.
 */
export function timesOf(parts: Parts, grant: StoredGrant): GrantTimes {
  const { receivedAt, expiresAt, sessionExpiresAt, tokenHash } = grant
  const isShared = parts.accounts?.source === "row"
  const spread = spreadOf(tokenHash)
  return { receivedAt, expiresAt, sessionExpiresAt: isShared ? null : sessionExpiresAt, spread }
}

/** Key of the right to spend: of a grant, or of the account whose logins share one. */
export function leaseName(parts: Parts, grant: StoredGrant): string {
  if (parts.accounts?.source !== "row") return grantName(parts, grant)
  const { issuer, clientId, provider, providerAccountId } = grant
  return JSON.stringify([parts.namespace, "account", issuer, clientId, provider, providerAccountId])
}
