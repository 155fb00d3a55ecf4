/** A login as its cookie carries it, in the placement without a store. Each token is in it once. */
import type { EpochSeconds } from "../clock.ts"
import type { StoredLogin } from "../store/records.ts"
import type { GrantClaims, LoginContent, SessionData } from "../store/vault.ts"
import type { TokenSet } from "../tokens/token-set.ts"

/** What is written now. A cookie of another format is not guessed at: its user signs in again. */
export const snapshotFormat = 1

export interface GrantSnapshot {
  provider: string
  providerAccountId: string
  issuer: string
  clientId: string
  sid: string | null
  sub: string
  generation: number
  firstIssuedAt: EpochSeconds
  tokens: TokenSet
  claims: GrantClaims
}

export interface LoginSnapshot {
  format: typeof snapshotFormat
  namespace: string
  loginId: string
  createdAt: EpochSeconds
  expiresAt: EpochSeconds
  revision: number
  version: number
  content: LoginContent
  grants: GrantSnapshot[]
  /** `null` while the user has none. */
  data: { version: number; fields: SessionData } | null
}

/** Reads what was in a cookie; `undefined` for a format that is not known here. */
export function readSnapshot(value: unknown): LoginSnapshot | undefined {
  if (!isRecord(value) || value.format !== snapshotFormat) return undefined
  const { namespace, loginId, createdAt, expiresAt, revision, version, content, grants, data } = value
  const isWhole =
    [namespace, loginId].every(isText) &&
    [createdAt, expiresAt, revision, version].every(Number.isFinite) &&
    isRecord(content) &&
    isRecord(content.token) &&
    typeof content.provider === "string" &&
    Array.isArray(grants) &&
    grants.every(isGrant) &&
    (data === null || (isRecord(data) && Number.isFinite(data.version) && isRecord(data.fields)))
  return isWhole ? (value as unknown as LoginSnapshot) : undefined
}

/** Whether a record holds anything that a snapshot does not. */
export function isBehind(snapshot: LoginSnapshot, record: StoredLogin): boolean {
  return (
    record.version > snapshot.version ||
    record.revision > snapshot.revision ||
    (record.data?.version ?? 0) > (snapshot.data?.version ?? 0) ||
    record.grants.some((grant) => grant.generation > (findGrant(snapshot, grant)?.generation ?? 0))
  )
}

/** Whether a snapshot holds anything that a record does not. */
export function isAhead(snapshot: LoginSnapshot, record: StoredLogin): boolean {
  return (
    snapshot.version > record.version ||
    snapshot.revision > record.revision ||
    (snapshot.data?.version ?? 0) > (record.data?.version ?? 0) ||
    record.grants.some((grant) => (findGrant(snapshot, grant)?.generation ?? 0) > grant.generation)
  )
}

function findGrant(
  { grants }: LoginSnapshot,
  { provider, providerAccountId }: { provider: string; providerAccountId: string },
): GrantSnapshot | undefined {
  return grants.find((one) => one.provider === provider && one.providerAccountId === providerAccountId)
}

function isGrant(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { provider, providerAccountId, issuer, clientId, sub, sid, generation, firstIssuedAt } = value
  return (
    [provider, providerAccountId, issuer, clientId, sub].every(isText) &&
    isTextOrNull(sid) &&
    [generation, firstIssuedAt].every(Number.isFinite) &&
    isTokenSet(value.tokens) &&
    isRecord(value.claims) &&
    isRecord(value.claims.declared) &&
    isRecord(value.claims.profile)
  )
}

function isTokenSet(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { accessToken, refreshToken, idToken, scope, receivedAt, expiresAt, sessionExpiresAt } = value
  return (
    typeof accessToken === "string" &&
    isText(refreshToken) &&
    [idToken, scope].every(isTextOrNull) &&
    [receivedAt, expiresAt].every(Number.isFinite) &&
    (sessionExpiresAt === null || Number.isFinite(sessionExpiresAt))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== ""
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string"
}
