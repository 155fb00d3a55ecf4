/**
 * The store that is one file: `node:sqlite`, no server and no package to install. Several processes of one
 * machine share the file; each write is on the disk before it is answered.
 */
import { resolve } from "node:path"
import type { Seconds } from "../clock.ts"
import { ConfigurationError } from "../errors.ts"
import type { GrantStore, StoreContext, StoreDriver } from "../store/grant-store.ts"
import { changeMethods } from "./sqlite/changes.ts"
import { dataMethods } from "./sqlite/data.ts"
import { openDatabase } from "./sqlite/database.ts"
import { endingMethods } from "./sqlite/endings.ts"
import { leaseMethods } from "./sqlite/leases.ts"
import { loginMethods } from "./sqlite/logins.ts"
import { outboxMethods } from "./sqlite/outbox.ts"
import { refreshMethods } from "./sqlite/refreshes.ts"
import { createSubscriptions } from "./sqlite/subscriptions.ts"
import { sweepMethods } from "./sqlite/sweep.ts"
import { createView } from "./sqlite/view.ts"

export { sqliteSchema } from "./sqlite/schema.ts"

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** Seconds that a write waits for another process's. Default `5`. */
  busyTimeout?: Seconds
  /** Seconds between two looks for what other processes changed, while somebody listens. Default `0.2`. */
  pollInterval?: Seconds
}

/** The defaults of {@link SqliteStoreOptions}. */
const defaults: Required<SqliteStoreOptions> = Object.freeze({ busyTimeout: 5, pollInterval: 0.2 })

function toLocation(file: string): string {
  if (file === "" || file.startsWith(":memory:") || file.startsWith("file:")) {
    throw new ConfigurationError(
      "option_invalid",
      "sqliteStore needs the path of a file; use memoryStore from evergrant/stores/memory to keep nothing on disk.",
    )
  }
  return resolve(file)
}

async function openFile(
  file: string,
  options: Required<SqliteStoreOptions>,
  { namespace, clock }: StoreContext,
): Promise<GrantStore> {
  const database = await openDatabase(file, options.busyTimeout)
  const view = createView(database, namespace, clock)
  const subscriptions = createSubscriptions(view, options.pollInterval)
  database.onStored(subscriptions.catchUp)
  return {
    ...loginMethods(view),
    ...refreshMethods(view),
    ...endingMethods(view),
    ...dataMethods(view),
    ...leaseMethods(view),
    ...outboxMethods(view),
    ...changeMethods(view),
    ...sweepMethods(view),
    subscribe: subscriptions.subscribe,

    async ping() {
      view.read(({ prepare }) => prepare("SELECT 1 FROM logins WHERE namespace = ? LIMIT 1").get(namespace))
    },

    async close() {
      subscriptions.close()
      database.close()
    },
  }
}

/**
 * Keeps everything in one SQLite file, which all processes of this machine can share.
 *
 * A write is on the disk before it is answered (`synchronous=FULL`), so neither a crash nor a power cut loses a
 * rotation. The file must be on a local disk and belong to the store alone; it and its tables are created at
 * the first opening, readable by their owner only. Needs Node 22.13 or newer, for `node:sqlite`.
 *
 * @param file Path of the file; its folder must exist.
 * @param options.busyTimeout Seconds that a write waits for another process's. Default `5`.
 * @param options.pollInterval Seconds between two looks for what other processes changed. Default `0.2`.
 * @throws {ConfigurationError} `option_invalid`: `file` is not the path of a file. Opening throws it as well,
 *   for a file of something else, of a newer version, or a Node without `node:sqlite`.
 *
 * @example
 * evergrant: { store: sqliteStore("evergrant.db") }
 */
export function sqliteStore(file: string, options: SqliteStoreOptions = {}): StoreDriver {
  const location = toLocation(file)
  const settings = { ...defaults, ...options }
  return { kind: "sqlite", location, open: (context) => openFile(location, settings, context) }
}
