import { readFileSync } from "node:fs"
import { Client } from "pg"
import { SettingError } from "./settings.mjs"

/**
 * Applies the committed SQL, which waits for another process that does the same.
 *
 * @param {string | undefined} connectionString
 * @throws {SettingError}
 */
export async function applyTables(connectionString) {
  const client = new Client({ connectionString })
  try {
    await client.connect()
    await client.query(readFileSync(new URL("../prisma/tables.sql", import.meta.url), "utf8"))
  } catch (error) {
    // The code alone: a message may name more of the address than belongs in a log.
    const code = error instanceof Error && "code" in error ? error.code : "unknown"
    throw new SettingError(
      `The database of DATABASE_URL cannot be used (${code}): create it, or mend the address.`,
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}
