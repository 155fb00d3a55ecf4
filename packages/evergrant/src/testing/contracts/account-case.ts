import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import type {
  AccountColumns,
  AccountKey,
  AccountWriter,
  ExpectedTokens,
} from "../../accounts/account-writer.ts"
import type { EpochSeconds } from "../../clock.ts"

/** A row as a case inserts it. `note` is a column of the application's own; what else the table needs is the subject's. */
export interface SampleRow extends AccountKey, AccountColumns {
  note: string
}

/** One account table, reached by the writer and behind its back. */
export interface AccountTable {
  /** Opens a writer with connections of its own, as each process does. */
  open(): AccountWriter | Promise<AccountWriter>
  /** Inserts a row; columns that the table lacks are left out. */
  insert(row: SampleRow): Promise<void>
  /** Reads all columns of a row, the application's own included. Spelled as in {@link SampleRow}. */
  read(key: AccountKey): Promise<Record<string, unknown> | undefined>
}

/** The writer under test. Its tables need not be empty: each case has rows of its own. */
export interface AccountWriterSubject {
  /** A table with every column of {@link SampleRow}. */
  full: AccountTable
  /** A table without `scope` and `session_state`. */
  narrow: AccountTable
  /** Opens a writer for a table without `expires_at`. It may throw what `check()` would. */
  openLacking(): AccountWriter | Promise<AccountWriter>
  /** The latest time that `expires_at` of the full table holds, if it holds less than any. */
  latestExpiry?: EpochSeconds
}

/** One named requirement, for any test runner: `run` rejects when the writer does not meet it. */
export interface AccountWriterCase {
  name: string
  run(subject: AccountWriterSubject): Promise<void>
}

/** What a case works with: a row in a table, and a writer for it. */
export interface AccountWorld {
  table: AccountTable
  writer: AccountWriter
  row: SampleRow
  key: AccountKey
  /** Reads the row behind the writer's back. */
  read(): Promise<Record<string, unknown>>
  subject: AccountWriterSubject
}

/** A row that no other case has. Nothing here is a real token. */
export function sampleRow(fields: Partial<SampleRow> = {}): SampleRow {
  return {
    provider: "keycloak",
    providerAccountId: randomUUID(),
    access_token: "access 1",
    refresh_token: "refresh 1",
    id_token: "id 1",
    expires_at: 1_800_000_000,
    scope: "openid profile",
    session_state: "state 1",
    note: "the application's own",
    ...fields,
  }
}

export function tokensOf({ access_token, refresh_token }: ExpectedTokens): ExpectedTokens {
  return { access_token, refresh_token }
}

/** Compares the columns of a row with what they should be; wide integers may be read as text or bigint. */
export function assertHolds(raw: Record<string, unknown>, expected: Partial<SampleRow>): void {
  for (const [column, value] of Object.entries(expected)) {
    const actual = raw[column]
    const plain = typeof value === "number" && actual !== null ? Number(actual) : actual
    assert.equal(plain, value, `column ${column}`)
  }
}

/** Makes a case of `body`, which gets a row with these fields in a table, the full one unless it says otherwise. */
export function accountCase(
  name: string,
  body: (world: AccountWorld) => Promise<void>,
  fields: Partial<SampleRow> = {},
  tableName: "full" | "narrow" = "full",
): AccountWriterCase {
  return {
    name,
    async run(subject) {
      const table = subject[tableName]
      const row = sampleRow(fields)
      await table.insert(row)
      const key = { provider: row.provider, providerAccountId: row.providerAccountId }
      const read = async (): Promise<Record<string, unknown>> => {
        const raw = await table.read(row)
        assert.ok(raw, "the row is gone")
        return raw
      }
      await body({ table, writer: await table.open(), row, key, read, subject })
    },
  }
}
