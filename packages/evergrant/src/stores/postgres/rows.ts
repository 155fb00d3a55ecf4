/** Rows and the records that they stand for. Numbers come as text, and are exact up to 2^53 as they were written. */
import type { SignedOutReason } from "../../errors.ts"
import type {
  Change,
  DataRecord,
  OutboxEntry,
  SpentToken,
  StoredGrant,
  StoredLogin,
} from "../../store/records.ts"
import type { TextRow } from "./pool.ts"

const textOf = (row: TextRow, column: string): string => row[column] as string
const numberOf = (row: TextRow, column: string): number => Number(row[column])

/** A row of `grants` as `json_agg` spells it. */
interface GrantRow {
  login_id: string
  provider: string
  provider_account_id: string
  issuer: string
  client_id: string
  sid: string | null
  sub: string
  generation: number
  token_hash: string
  first_issued_at: number
  received_at: number
  expires_at: number
  session_expires_at: number | null
  sealed_tokens: string
  sealed_claims: string
  intent_token_hash: string | null
  intent_owner: string
  intent_at: number
}

function toGrant(row: GrantRow): StoredGrant {
  const { intent_token_hash: tokenHash } = row
  return {
    loginId: row.login_id,
    provider: row.provider,
    providerAccountId: row.provider_account_id,
    issuer: row.issuer,
    clientId: row.client_id,
    sid: row.sid,
    sub: row.sub,
    generation: row.generation,
    tokenHash: row.token_hash,
    firstIssuedAt: row.first_issued_at,
    receivedAt: row.received_at,
    expiresAt: row.expires_at,
    sessionExpiresAt: row.session_expires_at,
    sealedTokens: row.sealed_tokens,
    sealedClaims: row.sealed_claims,
    intent: tokenHash === null ? null : { tokenHash, owner: row.intent_owner, at: row.intent_at },
  }
}

/** A row of the view `stored_logins`. */
export function toLogin(row: TextRow): StoredLogin {
  const user = textOf(row, "user_id")
  const hasData = row.data_version !== null
  return {
    loginId: textOf(row, "login_id"),
    user,
    createdAt: numberOf(row, "created_at"),
    expiresAt: numberOf(row, "expires_at"),
    revision: numberOf(row, "revision"),
    sealedLogin: textOf(row, "sealed_login"),
    status: "live",
    version: numberOf(row, "version"),
    grants: (JSON.parse(row.grants ?? "[]") as GrantRow[]).map(toGrant),
    data: hasData
      ? { user, version: numberOf(row, "data_version"), sealedData: textOf(row, "sealed_data") }
      : null,
  }
}

export function toData(row: TextRow): DataRecord {
  return {
    user: textOf(row, "user_id"),
    version: numberOf(row, "version"),
    sealedData: textOf(row, "sealed_data"),
  }
}

export function toSpentToken(row: TextRow): SpentToken {
  return {
    loginId: textOf(row, "login_id"),
    provider: textOf(row, "provider"),
    providerAccountId: textOf(row, "provider_account_id"),
    generation: numberOf(row, "generation"),
  }
}

export function toOutboxEntry(row: TextRow): OutboxEntry {
  return {
    id: textOf(row, "id"),
    kind: textOf(row, "kind"),
    sealedPayload: textOf(row, "sealed_payload"),
    dueAt: numberOf(row, "due_at"),
    expiresAt: numberOf(row, "expires_at"),
    attempts: numberOf(row, "attempts"),
  }
}

export function toChange(row: TextRow): Change {
  return {
    cursor: numberOf(row, "cursor"),
    kind: textOf(row, "kind") as Change["kind"],
    loginId: row.login_id ?? null,
    user: textOf(row, "user_id"),
    reason: (row.reason ?? null) as SignedOutReason | null,
  }
}
