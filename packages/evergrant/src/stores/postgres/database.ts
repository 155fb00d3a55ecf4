/**
 * Calls of the database, each with a limit of its own: a pool that has no connection to lend and a server that does
 * not answer end a call alike. A call is one statement and leaves nothing behind in its session.
 */
import type { Seconds } from "../../clock.ts"
import { closedError, isUndone, toStoreError } from "./failure.ts"
import type { PgPool, PgPoolClient, TextRow } from "./pool.ts"

/** How often a call is made that PostgreSQL undid because of another one. */
const attempts = 4

/** Runs one statement. */
export type Run = (text: string, values?: unknown[]) => Promise<TextRow[]>

/** See {@link createDatabase}. */
export interface Database {
  /**
   * Runs one statement. What is thrown is a {@link StoreError} `store_unavailable` without any value of a row, and
   * the statement may have been carried out all the same.
   */
  run: Run
  /** The same, with the driver's own errors: for an opening, which looks at the code. */
  tryRun: Run
  close(): void
}

const asText = { getTypeParser: () => (value: string) => value }
const ignore = (): void => undefined

/** Waits for a connection at most so many milliseconds. One that comes later goes back unused. */
function borrow(pool: PgPool, limitMs: number): Promise<PgPoolClient> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new Error("no connection in time"))
    }, limitMs)
    pool.connect().then(
      (client) => {
        clearTimeout(timer)
        if (late) client.release()
        else resolve(client)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

/** Creates calls over a pool that take at most `timeout` seconds each. */
export function createDatabase(pool: PgPool, timeout: Seconds): Database {
  let closed = false

  async function runOnce(text: string, values: unknown[], givingUpAt: number): Promise<TextRow[]> {
    if (closed) throw closedError()
    const client = await borrow(pool, Math.max(1, givingUpAt - performance.now()))
    // A connection that breaks while it is lent tells its holder twice; the rejected query is enough.
    client.on("error", ignore)
    let failure: Error | undefined
    try {
      const query_timeout = Math.max(1, Math.ceil(givingUpAt - performance.now()))
      const { rows } = await client.query({ text, values, types: asText, query_timeout })
      return rows as TextRow[]
    } catch (error) {
      failure = error instanceof Error ? error : new Error("unknown failure")
      throw error
    } finally {
      // A connection on which something failed is not used again: nobody knows in which state it is. It may still
      // say that the server ended it, to nobody else.
      if (!failure) client.removeListener("error", ignore)
      client.release(failure)
    }
  }

  async function tryRun(text: string, values: unknown[] = []): Promise<TextRow[]> {
    const givingUpAt = performance.now() + timeout * 1000
    for (let attempt = 1; ; attempt++) {
      try {
        return await runOnce(text, values, givingUpAt)
      } catch (error) {
        if (!isUndone(error) || attempt === attempts) throw error
      }
    }
  }

  return {
    tryRun,
    async run(text, values) {
      try {
        return await tryRun(text, values)
      } catch (error) {
        throw toStoreError(error)
      }
    },
    close() {
      closed = true
    },
  }
}
