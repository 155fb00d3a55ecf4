import type { Clock, EpochSeconds } from "../../clock.ts"
import type { Prepare } from "./connection.ts"
import type { Database } from "./database.ts"

/** What every statement of one transaction needs. */
export interface Transaction {
  prepare: Prepare
  namespace: string
  /** The time at which the lock was had, not the time at which it was asked for. */
  now: EpochSeconds
}

/** The file as one namespace sees it. */
export interface SqliteView {
  read<T>(work: (tx: Transaction) => T): T
  write<T>(work: (tx: Transaction) => T): T
}

/** Creates the view of one namespace. */
export function createView(database: Database, namespace: string, clock: Clock): SqliteView {
  const inTransaction =
    <T>(work: (tx: Transaction) => T) =>
    (prepare: Prepare): T =>
      work({ prepare, namespace, now: clock.now() })
  return {
    read: (work) => database.read(inTransaction(work)),
    write: (work) => database.write(inTransaction(work)),
  }
}
