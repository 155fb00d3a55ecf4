import type { Seconds } from "../../clock.ts"
import { ConfigurationError, isEvergrantError } from "../../errors.ts"
import { createDatabase, type Database } from "./database.ts"
import { codeOf, isMissingSchema, toOpenError } from "./failure.ts"
import type { PgPool } from "./pool.ts"
import { layoutVersion, newerLayout, schemaText } from "./schema.ts"

/** How long creating may take, with others creating the same before. */
const creationTimeout: Seconds = 60

function newerError(schema: string): ConfigurationError {
  return new ConfigurationError(
    "option_invalid",
    `The PostgreSQL schema "${schema}" was made by a newer Evergrant (this one knows layout ${layoutVersion}): update evergrant.`,
  )
}

/**
 * The functions wait for a lock and then look again, which sees nothing new in a transaction with one view of
 * everything: a sign-in could slip past the end of its sid.
 */
function checkIsolation(level: string | null | undefined): void {
  if (level === "read committed") return
  throw new ConfigurationError(
    "option_invalid",
    `The PostgreSQL store needs transactions that are "read committed", not "${level}": set default_transaction_isolation for its user or pool.`,
  )
}

/** The version of the layout that is there; `undefined` when there is none. */
async function readLayout(database: Database, schema: string): Promise<number | undefined> {
  try {
    const [row] = await database.tryRun(
      `SELECT version, current_setting('transaction_isolation') AS isolation FROM "${schema}".layout`,
    )
    if (row) checkIsolation(row.isolation)
    return row && Number(row.version)
  } catch (error) {
    if (isMissingSchema(error)) return undefined
    throw error
  }
}

/** Creates what is missing. See {@link schemaText}. Throws what {@link checkLayout} throws. */
export async function createLayout(pool: PgPool, schema: string): Promise<void> {
  try {
    await createDatabase(pool, creationTimeout).tryRun(schemaText(schema))
  } catch (error) {
    throw codeOf(error) === newerLayout ? newerError(schema) : toOpenError(error, schema)
  }
}

/**
 * Looks whether the schema is one that this version can work with.
 *
 * @param create Called when it is missing or older; without it that is an error.
 * @throws {ConfigurationError} `option_invalid`: it is missing, older, newer, or closed to this user.
 * @throws {StoreError} `store_unavailable`: the database cannot be asked.
 */
export async function checkLayout(
  database: Database,
  schema: string,
  create?: () => Promise<void>,
): Promise<void> {
  try {
    let layout = await readLayout(database, schema)
    if (create && (layout === undefined || layout < layoutVersion)) {
      await create()
      layout = await readLayout(database, schema)
    }
    if (layout === undefined) throw toOpenError({ code: "3F000" }, schema)
    if (layout > layoutVersion) throw newerError(schema)
    if (layout < layoutVersion) {
      throw new ConfigurationError(
        "option_invalid",
        `The PostgreSQL schema "${schema}" was made by an older Evergrant: run createPostgresSchema() again.`,
      )
    }
  } catch (error) {
    if (isEvergrantError(error)) throw error
    throw toOpenError(error, schema)
  }
}
