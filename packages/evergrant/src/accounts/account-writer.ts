/**
 * The port to the application's account table: the rows that Auth.js calls linked accounts. A writer reads and
 * compares raw column values; which tokens belong there, and whether they are sealed, is decided above it.
 */

/** Names one row, as Auth.js does. */
export interface AccountKey {
  /** Auth.js provider id. */
  provider: string
  providerAccountId: string
}

/** The columns that Evergrant writes, spelled as in Auth.js's schema. `null` is an empty column. */
export interface AccountColumns {
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  /** When the access token expires, epoch seconds. */
  expires_at: number | null
  scope: string | null
  session_state: string | null
}

/** A row as it stands in the table. A column that the table lacks is absent. */
export type AccountRow = AccountKey & Partial<AccountColumns>

/** New values; an absent one leaves its column alone. */
export type AccountPatch = Partial<AccountColumns>

/** What the caller has read: the row is written only while it still holds exactly this. */
export type ExpectedTokens = Pick<AccountColumns, "access_token" | "refresh_token">

/**
 * Writes the account table. `accounts.update(key, patch, expected)` is one atomic step: it compares and writes in
 * the same statement. Whatever a method rejects with means that the database cannot be used now; Evergrant goes on
 * without it and writes the row later. The reason goes to events and logs: it must not quote a token, as the errors
 * of Drizzle and Prisma do.
 */
export interface AccountWriter {
  /** Short name, as in `drizzle`. */
  readonly kind: string
  /** Tells one table from another within a process, as in `postgres localhost:5432/app "accounts"`. No secret. */
  readonly table: string
  /** The object by which the database is reached, where no description tells one database from another. */
  readonly client?: object
  /**
   * Looks whether the table has the columns `provider`, `providerAccountId`, `access_token`, `refresh_token` and
   * `expires_at`; the others are written where they exist.
   *
   * @throws {ConfigurationError} `option_invalid`: one sentence that names what is missing and the remedy.
   */
  check(): Promise<void>
  /** Reads one row. */
  find(key: AccountKey): Promise<AccountRow | undefined>
  /**
   * Writes the patch if the row still holds the expected tokens. Columns of the patch that the table lacks are left
   * out; all other columns of the row stay as they are.
   *
   * @returns `conflict`: the row holds other tokens. `missing`: there is no such row.
   */
  update(
    key: AccountKey,
    patch: AccountPatch,
    expected: ExpectedTokens,
  ): Promise<"stored" | "conflict" | "missing">
}

/** A writer that can also go through its whole table, as a migration does. */
export interface ListingAccountWriter extends AccountWriter {
  /** How many rows there are. */
  count(): Promise<number>
  /** Reads rows in the order of their keys: those after `after`, or the first ones, at most `limit` of them. */
  list(after: AccountKey | undefined, limit: number): Promise<AccountRow[]>
}

/** Columns without which a table cannot hold a grant. */
export const neededColumns = [
  "provider",
  "providerAccountId",
  "access_token",
  "refresh_token",
  "expires_at",
] as const

/** The columns that are written where the table has them. */
export const tokenColumns = [
  "access_token",
  "refresh_token",
  "id_token",
  "expires_at",
  "scope",
  "session_state",
] as const
