/** What a request may know of a login: everything but secrets. */
import type { EpochSeconds } from "../clock.ts"
import type { SignedOutReason } from "../errors.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimValues } from "../tokens/claims.ts"
import type { OpenLogin } from "./open-login.ts"

/** One grant as a request sees it. */
export interface GrantView {
  provider: string
  providerAccountId: string
  /** Grows by one with each refresh. */
  generation: number
  /** When the access token expires. */
  expiresAt: EpochSeconds
  /** When the provider's session ends unless it is refreshed before, where that is known. */
  sessionExpiresAt: EpochSeconds | null
}

export interface SessionView {
  loginId: string
  user: string
  /** The provider of the sign-in. */
  provider: string
  /** The Auth.js token of the sign-in, as the application's `jwt` callback shaped it, with a current profile. */
  token: Record<string, unknown>
  /** Revision of the stored token, for writing it back. */
  revision: number
  claims: ClaimValues
  data: SessionData
  grants: GrantView[]
  /** Grows with any change of the login, its grants or its user's data. */
  version: number
  expiresAt: EpochSeconds
  /** Read by a handle that the login has moved away from: no cookie with it may be set again. */
  oldHandle: boolean
}

/** The outcome of reading a session. The fourth one, "unknown", is the `store_unavailable` that reading throws. */
export type Reading =
  | { status: "session"; view: SessionView }
  | { status: "signed_out"; reason: SignedOutReason }

/** Builds the view. */
export function toSessionView({ record, content, claims, data }: OpenLogin): SessionView {
  const main = record.grants.filter((grant) => grant.provider === content.provider)
  const others = record.grants.filter((grant) => grant.provider !== content.provider)
  return {
    loginId: record.loginId,
    user: record.user,
    provider: content.provider,
    token: { ...content.token, ...claims.profile },
    revision: record.revision,
    claims: claims.declared,
    data: data ?? {},
    grants: [...main, ...others].map(
      ({ provider, providerAccountId, generation, expiresAt, sessionExpiresAt }) => ({
        provider,
        providerAccountId,
        generation,
        expiresAt,
        sessionExpiresAt,
      }),
    ),
    version: record.version + (record.data?.version ?? 0),
    expiresAt: record.expiresAt,
    oldHandle: record.oldHandleUntil !== undefined,
  }
}
