import { ConfigurationError, isEvergrantError, StoreError } from "../../errors.ts"

/** PostgreSQL's codes for a table, a schema or a function that is not there. */
const missingCodes = ["42P01", "3F000", "42883"]

/** Its codes for a transaction that was undone because of another one: a deadlock, a conflict. */
const undoneCodes = ["40P01", "40001"]

/** Its code for a statement that reads or calls what this user may not. */
const forbiddenCode = "42501"

/** Its codes for a character that no text of it, or of this database, can have: U+0000 for one. */
const characterCodes = ["22021", "22P05"]

/** PostgreSQL's code of an error, or the system's; `undefined` when it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : undefined
}

/** Tells whether nothing was done, and doing it again is right. */
export function isUndone(error: unknown): boolean {
  return undoneCodes.includes(codeOf(error) ?? "")
}

export function isMissingSchema(error: unknown): boolean {
  return missingCodes.includes(codeOf(error) ?? "")
}

/**
 * What a failed call becomes. Only the code is kept: the driver's own error quotes values of rows (`detail`, `where`)
 * and, for an address that cannot be read, the password in it. Evergrant's own errors pass as they are.
 */
export function toStoreError(error: unknown, what = "cannot be read or written"): Error {
  if (isEvergrantError(error)) return error
  const code = codeOf(error)
  const hint = characterCodes.includes(code ?? "")
    ? ": a text has a character that this database cannot keep, such as U+0000"
    : ""
  return new StoreError(
    "store_unavailable",
    `The PostgreSQL store ${what} (${code ?? "no answer from the server"})${hint}.`,
    code === undefined
      ? {}
      : { cause: Object.assign(new Error(`PostgreSQL failed with ${code}.`), { code }) },
  )
}

/** What a call of a closed store throws. */
export function closedError(): StoreError {
  return new StoreError("store_unavailable", "The PostgreSQL store was closed.")
}

/** What a failed opening becomes: as above, but for what only the operator can put right. */
export function toOpenError(error: unknown, schema: string): Error {
  if (isMissingSchema(error)) {
    return new ConfigurationError(
      "option_invalid",
      `The PostgreSQL schema "${schema}" has no tables of Evergrant: run createPostgresSchema() or evergrant/sql/postgres.sql, or open the store with createSchema: true.`,
    )
  }
  if (codeOf(error) === forbiddenCode) {
    return new ConfigurationError(
      "option_invalid",
      `The PostgreSQL user of the store may not use or create the schema "${schema}": grant it USAGE on the schema and all rights on its tables and functions, or CREATE on the database.`,
    )
  }
  return toStoreError(error, "cannot be opened")
}
