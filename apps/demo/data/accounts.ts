/** Article 2: the linked accounts of a user, as the account table has them. */
import { createHash } from "node:crypto"
import { database } from "./database"

/** A row, with fingerprints in the place of its tokens. Empty after the last login of the account has ended. */
export interface AccountFacts {
  provider: string
  providerAccountId: string
  /** When the access token expires, epoch seconds. */
  expires_at: number | null
  scope: string | null
  /** SHA-256 in hex. */
  access_token_sha256: string | null
  refresh_token_sha256: string | null
}

/** Reads the rows of a user. Throws when the database cannot be read. */
export function readAccounts(userId: string): AccountFacts[] {
  const rows = database()
    .prepare(
      `SELECT provider, providerAccountId, expires_at, scope, access_token, refresh_token
         FROM account WHERE userId = ? ORDER BY provider, providerAccountId`,
    )
    .all(userId) as unknown as AccountRow[]
  return rows.map(({ access_token, refresh_token, ...facts }) => ({
    ...facts,
    access_token_sha256: fingerprint(access_token),
    refresh_token_sha256: fingerprint(refresh_token),
  }))
}

type AccountRow = Omit<AccountFacts, "access_token_sha256" | "refresh_token_sha256"> & {
  access_token: string | null
  refresh_token: string | null
}

function fingerprint(token: string | null): string | null {
  return token === null ? null : createHash("sha256").update(token).digest("hex")
}
