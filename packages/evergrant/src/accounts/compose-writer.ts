/**
 * What all writers have in common: which columns are written, how a row is read, and how the three outcomes are
 * told apart. A writer for one database adds its statements.
 */
import type { EpochSeconds } from "../clock.ts"
import { ConfigurationError } from "../errors.ts"
import {
  type AccountColumns,
  type AccountKey,
  type AccountPatch,
  type AccountRow,
  type AccountWriter,
  type ExpectedTokens,
  type ListingAccountWriter,
  neededColumns,
  tokenColumns,
} from "./account-writer.ts"
import { toWriterFailure } from "./writer-failure.ts"

/** The latest time that an integer of 32 bits holds, in January 2038: stock schemas have such an `expires_at`. */
export const latestIn32Bits: EpochSeconds = 2 ** 31 - 1

/** What the table can hold. */
export interface TableColumns {
  has(column: string): boolean
  /** A later `expires_at` is stored as this one: a failed write would lose the tokens along with it. */
  latestExpiry: EpochSeconds
}

/** Column values to set, by name. Never empty. */
export type ColumnValues = [column: keyof AccountColumns, value: string | number | null][]

/** The statements of one database. They may throw what the driver throws. */
export interface AccountStatements {
  /** Looks at the table, or at its description. */
  columns(): TableColumns | Promise<TableColumns>
  /** Reads the given columns of one row. */
  select(key: AccountKey, columns: (keyof AccountColumns)[]): Promise<Record<string, unknown> | undefined>
  /** Compares and sets in one statement; an expected `null` means an empty column. Returns how many rows it hit. */
  update(key: AccountKey, values: ColumnValues, expected: ExpectedTokens): Promise<number>
}

/** The statements of a database whose table can be gone through. */
export interface ListingStatements extends AccountStatements {
  count(): Promise<number>
  /** As `select`, with the columns of the key. */
  list(
    columns: (keyof AccountColumns)[],
    after: AccountKey | undefined,
    limit: number,
  ): Promise<Record<string, unknown>[]>
}

/** What a writer is called: in code, among others, and in a sentence. */
export interface WriterNames extends Pick<AccountWriter, "kind" | "table" | "client"> {
  /** The table as its owner knows it, as in `The model "account"`. */
  what: string
}

/**
 * Refuses a table that cannot hold a grant.
 *
 * @param what The table as its owner knows it, as in `The model "account"`.
 * @throws {ConfigurationError} `option_invalid`: names what is missing.
 */
export function refuseMissingColumns(what: string, { has }: TableColumns): void {
  const missing = neededColumns.filter((column) => !has(column))
  if (missing.length === 0) return
  const word = missing.length === 1 ? "column" : "columns"
  throw new ConfigurationError(
    "option_invalid",
    `${what} lacks the ${word} ${missing.join(", ")}: add what is missing as in Auth.js's schema, or name another table.`,
  )
}

/** Makes a writer of the statements of one database. */
export function composeWriter(
  { kind, table, client, what }: WriterNames,
  statements: AccountStatements,
): AccountWriter {
  let known: Promise<TableColumns> | undefined

  /** Remembered while all goes well. After a failure the table may be another one than before. */
  function columns(): Promise<TableColumns> {
    known ??= Promise.resolve(statements.columns())
    return known
  }

  async function guarded<T>(secrets: (string | number | null)[], work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      known = undefined
      throw toWriterFailure(error, what, secrets.map(String))
    }
  }

  async function find(key: AccountKey): Promise<AccountRow | undefined> {
    const { has } = await columns()
    const raw = await statements.select(key, tokenColumns.filter(has))
    return raw && toRow(key, raw)
  }

  return {
    kind,
    table,
    ...(client ? { client } : {}),
    check: () =>
      guarded([], async () => {
        known = undefined
        refuseMissingColumns(what, await columns())
        // What a schema in code describes, the database may not have.
        await find({ provider: "", providerAccountId: "" })
      }),
    find: (key) => guarded([], () => find(key)),
    update: (key, patch, expected) =>
      guarded([...Object.values(patch), ...Object.values(expected)], async () => {
        const values = toValues(patch, await columns())
        if (values.length > 0 && (await statements.update(key, values, expected)) > 0) return "stored"
        const row = await find(key)
        if (!row) return "missing"
        return values.length === 0 && holds(row, expected) ? "stored" : "conflict"
      }),
  }
}

/** The same, for a table that can be gone through. */
export function composeListingWriter(
  names: WriterNames,
  statements: ListingStatements,
): ListingAccountWriter {
  return {
    ...composeWriter(names, statements),
    count: () => statements.count(),
    async list(after, limit) {
      const { has } = await statements.columns()
      const rows = await statements.list(tokenColumns.filter(has), after, limit)
      return rows.map((raw) =>
        toRow({ provider: String(raw.provider), providerAccountId: String(raw.providerAccountId) }, raw),
      )
    },
  }
}

function holds(row: AccountRow, expected: ExpectedTokens): boolean {
  return row.access_token === expected.access_token && row.refresh_token === expected.refresh_token
}

function toValues(patch: AccountPatch, { has, latestExpiry }: TableColumns): ColumnValues {
  return tokenColumns.filter(has).flatMap((column): ColumnValues => {
    const value = patch[column]
    if (value === undefined) return []
    return [[column, typeof value === "number" ? Math.min(value, latestExpiry) : value]]
  })
}

/** Drivers read a wide integer as a number, a bigint or text; the columns of tokens are text everywhere. */
function toRow({ provider, providerAccountId }: AccountKey, raw: Record<string, unknown>): AccountRow {
  const row: AccountRow = { provider, providerAccountId }
  for (const column of tokenColumns) {
    const value = raw[column]
    if (value === undefined) continue
    if (column === "expires_at") row[column] = value === null ? null : Number(value)
    else row[column] = value === null ? null : String(value)
  }
  return row
}
