/** Which account at which provider: what all logins of the account share. */
import type { AccountKey } from "../accounts/account-writer.ts"
import type { GrantRecord } from "../store/records.ts"

/** Names the row, and finds the grants of the account in the store. */
export type AccountIdentity = AccountKey & Pick<GrantRecord, "issuer" | "clientId" | "sub">

/** The account of a grant. */
export function toAccountIdentity(grant: AccountIdentity): AccountIdentity {
  const { provider, providerAccountId, issuer, clientId, sub } = grant
  return { provider, providerAccountId, issuer, clientId, sub }
}
