/** An application with many users: as many rows in the account table as live logins in its SQLite store. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { createEvergrant, type Evergrant } from "../../packages/evergrant/src/index.ts"
import { sqliteStore } from "../../packages/evergrant/src/stores/sqlite.ts"
import { createNumberedProvider } from "../../packages/evergrant/test/providers/numbered-provider.ts"
import { type AccountTable, openPostgresTable, openSqliteTable } from "./account-tables.ts"

export type TableKind = "sqlite" | "postgres" | "postgres-without-index"

export interface Population {
  /** Refreshes the grant of the next user in turn. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** Users whose grants are refreshed; the others are there. */
const active = 20

/** As long as a token of Keycloak. */
const tokenLength = 1100

/** Creates users until there are `size`. */
export async function openPopulation(
  kind: TableKind,
  size: number,
  postgresUrl: string,
): Promise<Population> {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-bench-"))
  const table =
    kind === "sqlite"
      ? openSqliteTable(join(folder, "app.db"))
      : await openPostgresTable(postgresUrl, kind === "postgres")
  const file = join(folder, "store.db")
  const compose = composer(file, table)
  const handles = await signIn(compose(), table)
  await fillStore(file, size - active)
  await table.fill(size - active)
  const evergrant = compose()
  let turn = 0
  return {
    async refresh() {
      turn += 1
      await evergrant.getAccessToken(handles[turn % active] ?? "", { force: true })
    },
    async close() {
      await evergrant.close()
      await table.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const provider = createNumberedProvider("https://provider.example", tokenLength)

function composer(file: string, { writer }: AccountTable): () => Evergrant {
  return () =>
    createEvergrant({
      store: sqliteStore(file),
      secrets: ["0123456789abcdef0123456789abcdef"],
      providers: (id) => ({ id, issuer: provider.issuer, clientId: "bench", clientSecret: "secret" }),
      accounts: { writer, sealed: false },
      events: () => {},
      surroundings: {
        fetch: async (url, init) => provider.answer(url, new URLSearchParams(String(init?.body ?? ""))),
      },
    })
}

async function signIn(evergrant: Evergrant, table: AccountTable): Promise<string[]> {
  const handles: string[] = []
  for (let index = 0; index < active; index++) {
    const user = `active-${index}`
    await table.insert(user)
    const session = `${crypto.randomUUID()}`
    const { handle } = await evergrant.startLogin({
      user: { id: user },
      account: provider.begin(session, user),
      token: { name: user },
      maxAge: 24 * 3600,
    })
    handles.push(handle)
  }
  await evergrant.close()
  return handles
}

/** Copies a login with its grant. The copies' contents do not open, and nobody opens them; they take their place. */
async function fillStore(file: string, count: number): Promise<void> {
  const database = new DatabaseSync(file)
  database.exec(`
    BEGIN;
    CREATE TEMP TABLE number AS
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n;
    INSERT INTO logins SELECT namespace, 'idle-' || i, 'idle-' || i, created_at, expires_at, revision, version,
      sealed_login FROM (SELECT * FROM logins LIMIT 1), number;
    INSERT INTO handles SELECT namespace, 'idle-' || i, 'idle-' || i, expires_at
      FROM (SELECT * FROM handles LIMIT 1), number;
    INSERT INTO grants SELECT NULL, namespace, 'idle-' || i, provider, 'idle-' || i, issuer, client_id, sid, 'idle-' || i,
      generation, token_hash, first_issued_at, received_at, expires_at, session_expires_at, sealed_tokens,
      sealed_claims, NULL, NULL, NULL FROM (SELECT * FROM grants LIMIT 1), number;
    COMMIT;
  `)
  database.close()
}
