/**
 * Rows and the records that they stand for. The tables are STRICT, so a column has the type that is written
 * here or the file is not ours; that is why a row is believed and not checked column by column.
 */
import type { SQLOutputValue } from "node:sqlite"
import type { EpochSeconds } from "../../clock.ts"
import type { SignedOutReason } from "../../errors.ts"
import type {
  Change,
  DataRecord,
  LoginRecord,
  OutboxEntry,
  SpentToken,
  StoredGrant,
} from "../../store/records.ts"

/** A row as the driver returns it. */
export type Row = Record<string, SQLOutputValue>

/** A login with its version, which is no part of what a caller writes. */
export interface VersionedLogin {
  login: LoginRecord
  version: number
}

export interface Tombstone {
  reason: SignedOutReason
  at: EpochSeconds
  until: EpochSeconds
}

const textOf = (row: Row, column: string): string => row[column] as string
const textOrNullOf = (row: Row, column: string): string | null => row[column] as string | null
const numberOf = (row: Row, column: string): number => row[column] as number
const numberOrNullOf = (row: Row, column: string): number | null => row[column] as number | null

export function toLogin(row: Row): VersionedLogin {
  return {
    login: {
      loginId: textOf(row, "login_id"),
      user: textOf(row, "user"),
      createdAt: numberOf(row, "created_at"),
      expiresAt: numberOf(row, "expires_at"),
      revision: numberOf(row, "revision"),
      sealedLogin: textOf(row, "sealed_login"),
    },
    version: numberOf(row, "version"),
  }
}

export function toGrant(row: Row): StoredGrant {
  const intentTokenHash = textOrNullOf(row, "intent_token_hash")
  return {
    loginId: textOf(row, "login_id"),
    provider: textOf(row, "provider"),
    providerAccountId: textOf(row, "provider_account_id"),
    issuer: textOf(row, "issuer"),
    clientId: textOf(row, "client_id"),
    sid: textOrNullOf(row, "sid"),
    sub: textOf(row, "sub"),
    generation: numberOf(row, "generation"),
    tokenHash: textOf(row, "token_hash"),
    firstIssuedAt: numberOf(row, "first_issued_at"),
    receivedAt: numberOf(row, "received_at"),
    expiresAt: numberOf(row, "expires_at"),
    sessionExpiresAt: numberOrNullOf(row, "session_expires_at"),
    sealedTokens: textOf(row, "sealed_tokens"),
    sealedClaims: textOf(row, "sealed_claims"),
    intent:
      intentTokenHash === null
        ? null
        : { tokenHash: intentTokenHash, owner: textOf(row, "intent_owner"), at: numberOf(row, "intent_at") },
  }
}

export function toTombstone(row: Row): Tombstone {
  return {
    reason: textOf(row, "reason") as SignedOutReason,
    at: numberOf(row, "at"),
    until: numberOf(row, "until"),
  }
}

export function toData(row: Row): DataRecord {
  return {
    user: textOf(row, "user"),
    version: numberOf(row, "version"),
    sealedData: textOf(row, "sealed_data"),
  }
}

export function toSpentToken(row: Row): SpentToken {
  return {
    loginId: textOf(row, "login_id"),
    provider: textOf(row, "provider"),
    providerAccountId: textOf(row, "provider_account_id"),
    generation: numberOf(row, "generation"),
  }
}

export function toOutboxEntry(row: Row): OutboxEntry {
  return {
    id: textOf(row, "id"),
    kind: textOf(row, "kind"),
    sealedPayload: textOf(row, "sealed_payload"),
    dueAt: numberOf(row, "due_at"),
    expiresAt: numberOf(row, "expires_at"),
    attempts: numberOf(row, "attempts"),
  }
}

export function toChange(row: Row): Change {
  return {
    cursor: numberOf(row, "cursor"),
    kind: textOf(row, "kind") as Change["kind"],
    loginId: textOrNullOf(row, "login_id"),
    user: textOf(row, "user"),
    reason: textOrNullOf(row, "reason") as SignedOutReason | null,
  }
}
