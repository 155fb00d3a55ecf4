/** Looks at the account table once, before it is needed. */
import type { AccountWriter } from "../accounts/account-writer.ts"
import { type EpochSeconds, type Seconds, type Surroundings, withDeadline } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import { processWide } from "../process-wide.ts"

/** Seconds that a start waits for the database; requests that come later do not wait for a look that hangs. */
const patience: Seconds = 2

/** Seconds after which a look that has not returned is taken again. */
const lookAgainAfter: Seconds = 60

interface Check {
  seen: boolean
  look: { result: Promise<void>; startedAt: EpochSeconds } | undefined
}

/**
 * Makes the look: the returned function takes it once per process and table.
 *
 * @throws {ConfigurationError} `option_invalid`: the table lacks a column. A database that cannot be asked is no
 *   reason to refuse anything.
 */
export function accountsCheck(
  { kind, table, client, check }: AccountWriter,
  { clock, scheduler }: Surroundings,
): () => Promise<void> {
  const unseen = (): Check => ({ seen: false, look: undefined })
  // Where only the client tells one database from another, it is looked at by whoever has the client.
  const state = client ? unseen() : processWide(`accounts check ${kind} ${table}`, unseen)
  const begin = () => {
    const result = check().then(
      () => {
        state.seen = true
      },
      (error: unknown) => {
        if (isEvergrantError(error) && error.remedy === "reconfigure") throw error
      },
    )
    const look = { result, startedAt: clock.now() }
    const forget = () => {
      if (state.look === look) state.look = undefined
    }
    result.then(forget, forget)
    return look
  }
  return async () => {
    if (state.seen) return
    if (!state.look || clock.now() - state.look.startedAt >= lookAgainAfter) state.look = begin()
    const { result, startedAt } = state.look
    const left = patience - (clock.now() - startedAt)
    if (left > 0) await withDeadline(scheduler, left, result)
  }
}
