/**
 * Calls of the database, each with a limit of its own: a pool that has no connection to lend and a server that does
 * not answer end a call alike. A call is one statement and leaves nothing behind in its session.
 */
import type { Seconds } from "../../clock.ts"
import { closedError, isUndone, toStoreError } from "./failure.ts"
import type { PgPool, TextRow } from "./pool.ts"

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
  /** The same, but not before `ready` is settled, which never rejects. Waiting for it counts: see `timeout`. */
  runAfter(ready: Promise<unknown>, ...statement: Parameters<Run>): ReturnType<Run>
  /** As `run`, with the driver's own errors: for an opening, which looks at the code. */
  tryRun: Run
  close(): void
}

const asText = { getTypeParser: () => (value: string) => value }
const ignore = (): void => undefined

/** At least 1: `pg` takes 0 for no limit. */
function millisecondsUntil(time: number): number {
  return Math.max(1, Math.ceil(time - performance.now()))
}

/** Waits at most so many milliseconds. What comes later is handed to `dispose`. */
function inTime<T>(work: Promise<T>, limitMs: number, dispose: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new Error("not in time"))
    }, limitMs)
    work.then(
      (result) => {
        clearTimeout(timer)
        if (late) dispose(result)
        else resolve(result)
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
    const client = await inTime(pool.connect(), millisecondsUntil(givingUpAt), (late) => late.release())
    // A connection that breaks while it is lent tells its holder twice; the rejected query is enough.
    client.on("error", ignore)
    let failure: Error | undefined
    try {
      const query_timeout = millisecondsUntil(givingUpAt)
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

  async function tryRun(text: string, values: unknown[] = [], ready?: Promise<unknown>): Promise<TextRow[]> {
    const givingUpAt = performance.now() + timeout * 1000
    if (ready) await inTime(ready, timeout * 1000, ignore)
    for (let attempt = 1; ; attempt++) {
      try {
        return await runOnce(text, values, givingUpAt)
      } catch (error) {
        if (!isUndone(error) || attempt === attempts) throw error
      }
    }
  }

  async function run(text: string, values?: unknown[], ready?: Promise<unknown>): Promise<TextRow[]> {
    try {
      return await tryRun(text, values, ready)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  return {
    tryRun: (text, values) => tryRun(text, values),
    run: (text, values) => run(text, values),
    runAfter: (ready, text, values) => run(text, values, ready),
    close() {
      closed = true
    },
  }
}
