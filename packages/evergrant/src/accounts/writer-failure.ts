/**
 * What becomes of a driver's error. It may not be passed on: Drizzle's message, Prisma's and the detail of
 * PostgreSQL's quote the parameters of the statement, and these are tokens.
 */
import { AccountTableError, ConfigurationError, type EvergrantError, isEvergrantError } from "../errors.ts"

/** PostgreSQL's and Prisma's codes for a table, a schema or a column that is not there. */
const mismatchCodes = ["42P01", "3F000", "42703", "P2021", "P2022"]
/** SQLite has one code for everything. */
const mismatchText = /no such (table|column)/

/** So much of a token's start or end gives it away; a driver may shorten what it quotes. */
const tellingLength = 8
const longestText = 200

/**
 * Turns a driver's error into one that can be logged.
 *
 * @param what The table as its owner knows it, as in `The Prisma model "account"`.
 * @param secrets The values that the statement was given.
 */
export function toWriterFailure(error: unknown, what: string, secrets: readonly string[]): EvergrantError {
  if (isEvergrantError(error)) return error
  const origin = originOf(error)
  const text = describe(origin, secrets)
  if (mismatchCodes.includes(codeOf(origin)) || mismatchText.test(text)) {
    return new ConfigurationError(
      "option_invalid",
      `${what} is not as the database has it (${text}): migrate the database, or name another table.`,
    )
  }
  return new AccountTableError(`${what} cannot be used: ${text}.`)
}

/** The error that the others were wrapped around. */
function originOf(error: unknown): unknown {
  let origin = error
  while (origin instanceof Error && origin.cause instanceof Error) origin = origin.cause
  return origin
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
}

/** The last line of the message, where Prisma says what happened, or if it tells too much the code alone. */
function describe(error: unknown, secrets: readonly string[]): string {
  const lines = error instanceof Error ? error.message.split("\n") : []
  const line = lines.findLast((each) => each.trim() !== "")?.trim() ?? ""
  const isTelling = secrets.some(
    (secret) =>
      secret !== "" &&
      [secret.slice(0, tellingLength), secret.slice(-tellingLength)].some((part) => line.includes(part)),
  )
  if (line !== "" && line.length <= longestText && !isTelling) return line.replace(/\.$/, "")
  return codeOf(error) || (error instanceof Error ? error.name : "unknown failure")
}
