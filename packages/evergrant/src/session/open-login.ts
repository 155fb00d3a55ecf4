/** Finds the login behind a handle and opens it. */
import type { SignedOutReason } from "../errors.ts"
import { openRecord } from "../refresh/open-record.ts"
import type { Parts } from "../refresh/parts.ts"
import { unsavedGrant } from "../refresh/unsaved.ts"
import type { StoredGrant, StoredLogin } from "../store/records.ts"
import type { GrantClaims, LoginContent, SessionData } from "../store/vault.ts"
import { hashSecret } from "../tokens/token-hash.ts"

/** A live login with its records opened. Tokens stay sealed until somebody asks for one. */
export interface OpenLogin {
  handleHash: string
  record: StoredLogin
  content: LoginContent
  claims: GrantClaims
  data: SessionData | null
}

export type Opened = { status: "live"; login: OpenLogin } | { status: "signed_out"; reason: SignedOutReason }

/**
 * Reads once and opens. Tokens that the store could not take yet are those of the login all the same.
 *
 * A login whose own record cannot be opened is signed out for this request and nothing is overwritten: with the
 * missing key put back, it is there again.
 *
 * @throws {StoreError} `store_unavailable`: whether the user is signed in is unknown.
 */
export async function openLogin(parts: Parts, handle: string): Promise<Opened> {
  const handleHash = await hashSecret(handle)
  const stored = await (await parts.vault.store()).readLogin(handleHash)
  if (!stored) return { status: "signed_out", reason: "unknown_session" }
  if (stored.status === "ended") return { status: "signed_out", reason: stored.reason }
  const { loginId } = stored
  const record = { ...stored, grants: stored.grants.map((grant) => unsavedGrant(parts, grant) ?? grant) }
  const content = await openRecord(parts, loginId, "login", () => parts.vault.openLogin(record))
  if (!content) return { status: "signed_out", reason: "unreadable_session" }
  const speaker = speakerOf(parts, record, content)
  let claims: GrantClaims = { declared: {}, profile: {}, idTokenIssuedAt: null }
  for (const grant of record.grants) {
    const opened = await openRecord(parts, loginId, "grant", () => parts.vault.openClaims(grant))
    if (!opened) return { status: "signed_out", reason: "unreadable_session" }
    if (grant === speaker) claims = opened
  }
  const { data: sealed } = stored
  const data = sealed ? await openRecord(parts, loginId, "data", () => parts.vault.openData(sealed)) : null
  return { status: "live", login: { handleHash, record, content, claims, data: data ?? null } }
}

/**
 * Who says what the user is and may do: the provider of the sign-in alone, also after its grant has ended. A linked
 * provider may be trusted for less; it speaks only where the sign-in's never gives a grant.
 */
function speakerOf(
  parts: Parts,
  { grants }: StoredLogin,
  { provider }: LoginContent,
): StoredGrant | undefined {
  const main = grants.find((grant) => grant.provider === provider)
  return main ?? (parts.provider(provider) ? undefined : grants[0])
}
