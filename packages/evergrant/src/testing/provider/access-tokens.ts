/**
 * The access tokens that were handed out. They are signed and self-contained; this ledger knows which of them
 * still belong to a living grant, for userinfo, introspection and revocation.
 */
import type { EpochSeconds } from "../../clock.ts"

/** Where an access token comes from. */
export interface AccessTokenRecord {
  readonly clientId: string
  readonly sub: string
  readonly grantId: string
  readonly sid?: string
  /** Issued for `offline_access`: it outlives the SSO session. */
  readonly offline: boolean
  readonly scope: string
  readonly expiresAt: EpochSeconds
}

/** The access tokens of one provider. */
export interface AccessTokens {
  record(token: string, record: AccessTokenRecord): void
  /** The record of a token that was issued here and not revoked; it may have expired. */
  get(token: string): AccessTokenRecord | undefined
  /** Whether the token, its grant and its SSO session are all still good. */
  isAlive(token: string): boolean
  revoke(token: string): void
}

/** Creates an empty ledger. */
export function createAccessTokens(
  sessionIsAlive: (sid: string) => boolean,
  grantIsAlive: (grantId: string) => boolean,
): AccessTokens {
  const records = new Map<string, AccessTokenRecord>()
  return Object.freeze({
    record(token: string, record: AccessTokenRecord) {
      for (const [key, { expiresAt }] of records) {
        if (expiresAt > Date.now() / 1000) break
        records.delete(key)
      }
      records.set(token, Object.freeze(record))
    },
    get: (token: string) => records.get(token),
    isAlive(token: string) {
      const record = records.get(token)
      if (!record || record.expiresAt <= Date.now() / 1000 || !grantIsAlive(record.grantId)) return false
      return record.offline || sessionIsAlive(record.sid ?? "")
    },
    revoke: (token: string) => {
      records.delete(token)
    },
  })
}
