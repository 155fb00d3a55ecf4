/** How long a token may be used, and when it is due. Pure. */
import type { EpochSeconds, Seconds } from "../clock.ts"

/** Used when a response does not say how long its access token lives: short enough to find out soon. */
export const defaultAccessTokenLife: Seconds = 300

/** A longer life than this is not believed: a token would never be renewed, and roles never change. */
export const longestAccessTokenLife: Seconds = 30 * 24 * 3600

/** A shorter life than this is none: the token would be over before anybody has read the answer. */
const shortestAccessTokenLife: Seconds = 0.001

/** Reads `expires_in`. Missing, zero, negative or unreadable values get the default, never "for ever" and never "not at all". */
export function accessTokenLife(expiresIn: unknown): Seconds {
  const seconds = readSeconds(expiresIn) ?? 0
  return seconds < shortestAccessTokenLife
    ? defaultAccessTokenLife
    : Math.min(seconds, longestAccessTokenLife)
}

/** Reads a positive number, also where a provider sends it as a string. Never throws, whatever it is given. */
export function readSeconds(value: unknown): Seconds | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined
  const seconds = Number(value)
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

/** The times that decide about a grant. */
export interface GrantTimes {
  receivedAt: EpochSeconds
  expiresAt: EpochSeconds
  sessionExpiresAt: EpochSeconds | null
  /** From 0 up to 1: which part of the first third of the margin passes before this grant is due. Default `0`. */
  spread?: number
}

/** Spreads grants evenly, every process alike: by a fingerprint of the refresh token, new with each rotation. */
export function spreadOf(tokenHash: string): number {
  return Buffer.from(tokenHash.slice(0, 8), "base64url").readUInt32BE() / 2 ** 32
}

/**
 * When the grant should be refreshed although its access token is still good.
 *
 * The margin is clamped to a fifth of the token's life, so that a short-lived token (near the end of the
 * provider's session Keycloak shrinks them to seconds) is not due from its first moment on. A life under two
 * seconds is not worth refreshing ahead at all. Ten thousand grants that began in the same second are due over a
 * third of the margin.
 *
 * @param margin Seconds before the end.
 */
export function refreshDueAt(times: GrantTimes, margin: Seconds): EpochSeconds {
  const end = usableUntil(times)
  const life = end - times.receivedAt
  if (life < 2) return end
  return end - Math.min(margin, life / 5) * (1 - (times.spread ?? 0) / 3)
}

/**
 * Whether refreshing ahead can gain nothing any more: the last refresh brought no later end, or one that is the end of
 * the provider's session, which it did not move. Seconds are what providers count in, so an end must move by more than
 * one; of two refreshes within two seconds nothing can be told.
 */
export function gainsNothing(before: GrantTimes, after: GrantTimes): boolean {
  if (after.receivedAt - before.receivedAt < 2) return false
  if (usableUntil(after) - usableUntil(before) <= 1) return true
  const { sessionExpiresAt: end } = after
  const isLast = end !== null && end <= after.expiresAt
  return isLast && before.sessionExpiresAt !== null && end - before.sessionExpiresAt <= 1
}

/** The access token's end, or the provider session's if that comes first. */
export function usableUntil(times: GrantTimes): EpochSeconds {
  return times.sessionExpiresAt === null ? times.expiresAt : Math.min(times.expiresAt, times.sessionExpiresAt)
}

/**
 * Reads `expires_at`, an instant in epoch seconds. `undefined` for what no token can mean: text, milliseconds, never.
 * A past instant is believed: an adopted session may hold a token that has expired.
 */
export function readExpiry(expiresAt: unknown, receivedAt: EpochSeconds): EpochSeconds | undefined {
  if (typeof expiresAt !== "number" || !Number.isFinite(expiresAt)) return undefined
  return expiresAt <= receivedAt + longestAccessTokenLife ? expiresAt : undefined
}
