import { isEvergrantError, StoreError } from "../../errors.ts"

/** What `node:sqlite` and `node:fs` put on their errors. */
interface DriverFailure {
  code?: unknown
  errcode?: unknown
  errstr?: unknown
}

/** The primary result code of SQLite for "somebody else holds the lock". */
const sqliteBusy = 5

function toFailure(error: unknown): DriverFailure {
  return typeof error === "object" && error !== null ? error : {}
}

/** SQLite's or the system's own name of what happened. Never holds a value of a row or a folder's name. */
function describe(error: unknown): string {
  const { errstr, code } = toFailure(error)
  return typeof errstr === "string" ? errstr : typeof code === "string" ? code : "unknown failure"
}

/** Tells whether somebody else held the lock for too long. */
export function isBusy(error: unknown): boolean {
  const { errcode } = toFailure(error)
  return typeof errcode === "number" && (errcode & 0xff) === sqliteBusy
}

/** What a failed read or write becomes. Evergrant's own errors pass as they are. */
export function toStoreError(error: unknown, fileName: string): Error {
  if (isEvergrantError(error)) return error
  return new StoreError(
    "store_unavailable",
    `The SQLite store "${fileName}" cannot be read or written (${describe(error)}).`,
    { cause: error },
  )
}

/** What a failed opening becomes. Evergrant's own errors pass as they are. */
export function toOpenError(error: unknown, fileName: string): Error {
  if (isEvergrantError(error) || isBusy(error)) return toStoreError(error, fileName)
  return new StoreError(
    "store_unavailable",
    `The SQLite store "${fileName}" cannot be opened (${describe(error)}): it must be a database file in an existing folder, and both must be writable.`,
    { cause: error },
  )
}
