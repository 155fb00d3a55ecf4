/**
 * Transactions on the file. `node:sqlite` is synchronous, so a transaction begins and ends within one turn of
 * the event loop: two of the same process never interleave, and other processes wait for the lock.
 */
import { basename } from "node:path"
import { setTimeout } from "node:timers/promises"
import type { Seconds } from "../../clock.ts"
import { StoreError } from "../../errors.ts"
import { type Connection, identifyFile, logOf, openConnection, type Prepare } from "./connection.ts"
import { isBusy, toOpenError, toStoreError } from "./failure.ts"

/** Between two attempts to open a file that another process is creating. */
const retryInterval: Seconds = 0.01

/** See {@link openDatabase}. */
export interface Database {
  /** Runs statements that see one state of the file. */
  read<T>(work: (prepare: Prepare) => T): T
  /** Runs statements that are stored together or not at all. */
  write<T>(work: (prepare: Prepare) => T): T
  /** Calls `task` after each write that was stored. */
  onStored(task: () => void): void
  close(): void
}

function rollBack(prepare: Prepare): void {
  try {
    prepare("ROLLBACK").run()
  } catch {
    // Some failures have ended the transaction already, and then there is nothing to roll back.
  }
}

/** Creates transactions over an open connection. All failures become a {@link StoreError}. */
function createDatabase(file: string, busyTimeout: Seconds, first: Connection): Database {
  const fileName = basename(file)
  const tasks: (() => void)[] = []
  let connection: Connection = first
  let closed = false

  function unavailable(what: string): StoreError {
    return new StoreError("store_unavailable", `The SQLite store "${fileName}" ${what}.`)
  }

  /** The connection, if the file is still the one that it opened; opens a file that took its place. */
  function current(): Connection {
    if (closed) throw unavailable("was closed")
    const fileId = identifyFile(file)
    if (fileId === undefined)
      throw unavailable("was removed: put the file back, or restart to begin a new one")
    if (fileId === connection.fileId) return connection
    // SQLite would add the newest writes of the old file to the new one, and make neither of the two.
    if (connection.logId !== undefined && connection.logId === identifyFile(logOf(file))) {
      throw unavailable(
        "was replaced while in use: stop its processes, remove its -wal and -shm files, start again",
      )
    }
    const stale = connection.database
    connection = openConnection(file, busyTimeout)
    stale.close()
    return connection
  }

  function transact<T>(begin: string, work: (prepare: Prepare) => T): T {
    try {
      const { prepare } = current()
      prepare(begin).run()
      try {
        const result = work(prepare)
        prepare("COMMIT").run()
        return result
      } catch (error) {
        rollBack(prepare)
        throw error
      }
    } catch (error) {
      throw toStoreError(error, fileName)
    }
  }

  return {
    read: (work) => transact("BEGIN", work),
    write(work) {
      const result = transact("BEGIN IMMEDIATE", work)
      for (const task of tasks) task()
      return result
    },
    onStored(task) {
      tasks.push(task)
    },
    close() {
      if (closed) return
      closed = true
      connection.database.close()
    },
  }
}

/** Opens the file for transactions. */
export async function openDatabase(file: string, busyTimeout: Seconds): Promise<Database> {
  const givingUpAt = performance.now() + busyTimeout * 1000
  for (;;) {
    try {
      return createDatabase(file, busyTimeout, openConnection(file, busyTimeout))
    } catch (error) {
      // Whoever finds another process turning a new file into a shared one is refused at once: SQLite does not
      // let it wait as it does for a write.
      if (!isBusy(error) || performance.now() > givingUpAt) throw toOpenError(error, basename(file))
      await setTimeout(retryInterval * 1000)
    }
  }
}
