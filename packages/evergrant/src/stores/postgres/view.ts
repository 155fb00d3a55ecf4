import type { Clock, EpochSeconds } from "../../clock.ts"
import type { Run } from "./database.ts"
import type { TextRow } from "./pool.ts"

/** The database as one namespace sees it. */
export interface PostgresView {
  /** The schema as it stands in statements, quoted. */
  schema: string
  namespace: string
  now(): EpochSeconds
  /** Runs one statement that reads, or writes a single row. */
  query: Run
  /** Calls a function of the schema, which gets namespace and time before `values`. Returns its rows. */
  call(name: string, values: unknown[]): Promise<TextRow[]>
  /** The same for a function with one answer, which is one of those that its caller names. */
  answer<T extends string>(name: string, values: unknown[]): Promise<T>
}

/** Creates the view of one namespace. `schema` is quoted. */
export function createView(run: Run, schema: string, namespace: string, clock: Clock): PostgresView {
  function call(name: string, values: unknown[]): Promise<TextRow[]> {
    const places = ["$1", "$2", ...values.map((_, i) => `$${i + 3}`)]
    return run(`SELECT * FROM ${schema}.${name}(${places.join(", ")}) AS answer`, [
      namespace,
      clock.now(),
      ...values,
    ])
  }

  return {
    schema,
    namespace,
    now: () => clock.now(),
    query: run,
    call,
    async answer<T extends string>(name: string, values: unknown[]): Promise<T> {
      const [row] = await call(name, values)
      return row?.answer as T
    },
  }
}
