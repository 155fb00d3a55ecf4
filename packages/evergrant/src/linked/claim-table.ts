/** One account table follows the grants of one application: two would go on overwriting each other's rows. */
import type { AccountWriter } from "../accounts/account-writer.ts"
import { ConfigurationError } from "../errors.ts"
import { processWide } from "../process-wide.ts"

/** Owners of tables that their description tells apart, and of those that only the client object does. */
interface Claims {
  byName: Map<string, string>
  byClient: WeakMap<object, Map<string, string>>
}

function ownersOf({ client }: AccountWriter): Map<string, string> {
  const claims = processWide<Claims>("account tables", () => ({ byName: new Map(), byClient: new WeakMap() }))
  if (!client) return claims.byName
  const known = claims.byClient.get(client) ?? new Map<string, string>()
  claims.byClient.set(client, known)
  return known
}

/**
 * Claims the table for an application, which may do so any number of times.
 *
 * @param application Its store and namespace.
 * @returns Gives the table free again.
 * @throws {ConfigurationError} `option_invalid`: it is another application's.
 */
export function claimTable(writer: AccountWriter, application: string): () => void {
  const { table } = writer
  const owners = ownersOf(writer)
  const owner = owners.get(table)
  if (table !== "" && owner !== undefined && owner !== application) {
    throw new ConfigurationError(
      "option_invalid",
      `Two writers for one table: ${table} follows another store or namespace in this process already. Give both the same evergrant.store and namespace, or each a table of its own.`,
    )
  }
  owners.set(table, application)
  return () => owners.delete(table)
}
