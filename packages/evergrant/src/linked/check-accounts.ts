/** Looks at the account table once, before it is needed. */
import type { AccountWriter } from "../accounts/account-writer.ts"
import { type Surroundings, withDeadline } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import { processWide } from "../process-wide.ts"

/** Seconds that a start waits for the database. One that does not answer is looked at again. */
const patience = 2

/**
 * Makes the look: the returned function takes it once per process and table.
 *
 * @throws {ConfigurationError} `option_invalid`: the table lacks a column. A database that cannot be asked is no
 *   reason to refuse anything.
 */
export function accountsCheck(
  { kind, table, client, check }: AccountWriter,
  { scheduler }: Surroundings,
): () => Promise<void> {
  const unseen = () => ({ seen: false })
  // Where only the client tells one database from another, it is looked at by whoever has the client.
  const state = client ? unseen() : processWide(`accounts check ${kind} ${table}`, unseen)
  return async () => {
    if (state.seen) return
    const look = check().then(
      () => {
        state.seen = true
      },
      (error: unknown) => {
        if (isEvergrantError(error) && error.remedy === "reconfigure") throw error
      },
    )
    await withDeadline(scheduler, patience, look)
  }
}
