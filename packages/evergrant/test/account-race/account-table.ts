/** One account table that writes down every update of itself, in order. */
import { createPlace } from "../databases/create-database.ts"
import type { NumberedTokens } from "../providers/numbered-provider.ts"
import type { RacingTable } from "./open-writer.ts"

export interface AuditedTable {
  readonly address: string
  /** What the row of the account held after each update, oldest first. */
  history(): Promise<NumberedTokens[]>
  close(): Promise<void>
}

const row = `("userId", type, provider, "providerAccountId") VALUES (1, 'oidc', 'oidc', 'account')`

const statements: Record<RacingTable, string[]> = {
  pg: [
    "CREATE TABLE history (position serial PRIMARY KEY, access_token text, refresh_token text)",
    `CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO history (access_token, refresh_token) VALUES (NEW.access_token, NEW.refresh_token);
      RETURN NULL; END $$`,
    "CREATE TRIGGER updated AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION remember()",
    `INSERT INTO accounts ${row}`,
  ],
  sqlite: [
    "CREATE TABLE history (position integer PRIMARY KEY, access_token text, refresh_token text)",
    `CREATE TRIGGER updated AFTER UPDATE ON account BEGIN
      INSERT INTO history (access_token, refresh_token) VALUES (NEW.access_token, NEW.refresh_token); END`,
    `INSERT INTO "user" (id) VALUES (1)`,
    `INSERT INTO account ${row}`,
    "PRAGMA journal_mode = WAL",
  ],
}

/** Creates the table with the row of one account, `oidc` `account`. */
export async function createAuditedTable(kind: RacingTable, postgresUrl: string): Promise<AuditedTable> {
  const place = await createPlace(kind, postgresUrl)
  for (const statement of statements[kind]) await place.query(statement)
  return {
    address: place.address,
    async history() {
      const rows = await place.query("SELECT access_token, refresh_token FROM history ORDER BY position")
      return rows.map(({ access_token, refresh_token }) => ({
        access_token: String(access_token),
        refresh_token: String(refresh_token),
      }))
    },
    close: place.remove,
  }
}
