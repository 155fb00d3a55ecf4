import { parseArgs } from "node:util"
import { UsageError } from "../usage-error.ts"

/** What the command was asked to do. */
export interface SealAccountsSettings {
  /** URL of a PostgreSQL database, or path of an SQLite file. */
  database: string
  isPostgres: boolean
  /** Default: what Auth.js's adapters call it. */
  table: string
  namespace: string
  dryRun: boolean
  unseal: boolean
}

export const help = `Usage: npx evergrant seal-accounts --database URL|FILE [OPTIONS]

Seals access_token, refresh_token and id_token of every linked account that holds them in plain, and seals anew what an
older key sealed. It may run while the application does, may be interrupted, and may be run again.

Set AUTH_SECRET, AUTH_SECRET_1, AUTH_SECRET_2 and AUTH_SECRET_3 as in the application: the highest number seals, all open.

  --database URL|FILE  postgres://… or the path of an SQLite file
  --table NAME         the account table (default: "accounts" on PostgreSQL, "account" in SQLite)
  --namespace NAME     the application's option namespace, if it has one (default: "default")
  --dry-run            counts what would be done, and writes nothing
  --unseal             writes the tokens in plain again
  --help               this text

Exit status: 0 done, 1 something could not be read or written, 2 a wrong call, 130 interrupted.`

const options = {
  database: { type: "string" },
  table: { type: "string" },
  namespace: { type: "string", default: "default" },
  "dry-run": { type: "boolean", default: false },
  unseal: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const

/**
 * Reads the words after the command's name.
 *
 * @throws {UsageError} An unknown, missing or empty option.
 */
export function readArguments(words: string[]): SealAccountsSettings | "help" {
  const values = parse(words)
  if (values.help) return "help"
  const { database, namespace, unseal } = values
  if (!database)
    throw new UsageError("--database is missing: give it postgres://… or the path of an SQLite file.")
  const isPostgres = /^postgres(ql)?:\/\//i.test(database)
  if (isPostgres && !URL.canParse(database)) throw new UsageError("--database is not a valid URL.")
  if (!isPostgres && database.includes("://")) {
    throw new UsageError(
      "--database must be postgres://… or the path of an SQLite file; other databases are not known.",
    )
  }
  const table = values.table ?? (isPostgres ? "accounts" : "account")
  if (table === "") throw new UsageError("--table is empty: give it the name of the account table.")
  if (namespace === "") throw new UsageError("--namespace is empty: leave it out for the default.")
  return { database, isPostgres, table, namespace, dryRun: values["dry-run"], unseal }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"]

function parse(words: string[]): Values {
  try {
    return parseArgs({ args: words, options }).values
  } catch (error) {
    // Node's message goes on for several sentences about words that begin with a hyphen.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)
    throw new UsageError(`${sentence}: see npx evergrant seal-accounts --help.`)
  }
}
