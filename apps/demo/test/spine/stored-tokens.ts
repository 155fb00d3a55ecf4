/** The real tokens of a demo, opened out of its SQLite file with its secret: canaries, and what a thief would want. */
import { DatabaseSync } from "node:sqlite"
import { createSealer } from "../../../../packages/evergrant/src/store/seal.ts"
import type { TokenSet } from "../../../../packages/evergrant/src/tokens/token-set.ts"

/** The tokens of one grant, and whose they are. */
export interface StoredTokens extends TokenSet {
  provider: string
  loginId: string
}

/** The tokens of all live logins. Newest login last. */
export async function storedTokens(file: string, secret: string): Promise<StoredTokens[]> {
  const sealer = createSealer([secret], "default", () => new Uint8Array())
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = database
      .prepare(
        `SELECT grants.* FROM grants JOIN logins USING (namespace, login_id) ORDER BY logins.created_at`,
      )
      .all()
    return await Promise.all(
      rows.map(async (row) => {
        const place = [
          row.login_id,
          row.issuer,
          row.client_id,
          row.provider,
          row.provider_account_id,
          row.generation,
        ]
        const opened = await sealer.open("grant.tokens", place as string[], String(row.sealed_tokens))
        return { ...(opened as TokenSet), provider: String(row.provider), loginId: String(row.login_id) }
      }),
    )
  } finally {
    database.close()
  }
}
