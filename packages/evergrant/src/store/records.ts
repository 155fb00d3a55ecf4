/**
 * What a store holds. Values named `sealed…` are encrypted before they reach a store; everything else is what
 * the store needs in clear to compare, to index and to expire. See `seal.ts` for the format.
 */
import type { EpochSeconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"

/** Names one grant: one provider account within one login. */
export interface GrantKey {
  loginId: string
  provider: string
  providerAccountId: string
}

/** What one provider account gave to one login. */
export interface GrantRecord extends GrantKey {
  issuer: string
  clientId: string
  /** The provider's session id, where it tells one. */
  sid: string | null
  /** The user at the provider. */
  sub: string
  /** Grows by one with each rotation, with nothing else. */
  generation: number
  /** SHA-256 of the refresh token held now. */
  tokenHash: string
  /** `iat` of the first ID token of this login, or the time of the sign-in. */
  firstIssuedAt: EpochSeconds
  /** When the tokens held now were received. */
  receivedAt: EpochSeconds
  /** When the access token held now expires. */
  expiresAt: EpochSeconds
  /** When the provider's session (or the refresh token) ends, where it is known. */
  sessionExpiresAt: EpochSeconds | null
  sealedTokens: string
  sealedClaims: string
}

/** A grant as it is read, with the note of a refresh that may be under way. */
export interface StoredGrant extends GrantRecord {
  intent: RefreshIntent | null
}

/** The durable note that a refresh token is being spent. */
export interface RefreshIntent {
  tokenHash: string
  owner: string
  at: EpochSeconds
}

/** One sign-in in one browser. */
export interface LoginRecord {
  loginId: string
  /** The user of the application (not of the provider). Keys the data. */
  user: string
  createdAt: EpochSeconds
  /** When the record may be removed: never before the last cookie that leads to it expires. */
  expiresAt: EpochSeconds
  /** Grows with each rewriting of `sealedLogin`. */
  revision: number
  sealedLogin: string
}

/** The application's own fields of one user. */
export interface DataRecord {
  user: string
  /** Grows by one with each write; `0` when nothing was written yet. */
  version: number
  sealedData: string
}

/** A login as one read finds it. */
export interface StoredLogin extends LoginRecord {
  status: "live"
  /** Grows with any change of the login or its grants. */
  version: number
  grants: StoredGrant[]
  data: DataRecord | null
  /** Only where it was read by a handle that it has moved away from: until when that one leads here. */
  oldHandleUntil?: EpochSeconds
}

/** A login as somebody else remembered it, to be put back into a store. */
export interface RestoredLogin {
  login: LoginRecord
  /** As {@link StoredLogin.version} was. */
  version: number
  handleHash: string
  /** In the order in which they were linked. */
  grants: readonly Omit<GrantRecord, "loginId">[]
  data: DataRecord | null
}

/** The mark that a login is over. */
export interface EndedLogin {
  status: "ended"
  loginId: string
  reason: SignedOutReason
  at: EpochSeconds
}

/** Selects logins to end or to list. */
export type LoginSelector =
  | { loginId: string }
  | { user: string }
  | { issuer: string; clientId: string; sid: string }
  | { issuer: string; clientId: string; sub: string }

/** The durable note of work that could not be done at once. */
export interface OutboxEntry {
  id: string
  kind: string
  sealedPayload: string
  dueAt: EpochSeconds
  /** After this the entry is dropped undone. */
  expiresAt: EpochSeconds
  attempts: number
}

/** One entry of the change feed. */
export interface Change {
  /** Position in the feed; grows. */
  cursor: number
  kind: "login.updated" | "login.ended" | "data.updated"
  loginId: string | null
  user: string
  reason: SignedOutReason | null
}

/** A spent refresh token and what replaced it. */
export interface SpentToken extends GrantKey {
  /** The generation that was made by spending the token. */
  generation: number
}
