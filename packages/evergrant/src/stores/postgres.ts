/**
 * The store for more than one machine that is a PostgreSQL database: the application's own, or one for this alone.
 * Each write is one call of a function in the database, and is on its disk before it is answered.
 */
import type { Seconds } from "../clock.ts"
import { ConfigurationError, StoreError } from "../errors.ts"
import type { GrantStore, StoreContext, StoreDriver } from "../store/grant-store.ts"
import { createAnnouncements } from "./postgres/announcements.ts"
import { type Barrier, createBarrier } from "./postgres/barrier.ts"
import { changeChannel, changeMethods, type Feed, readLatestChange } from "./postgres/changes.ts"
import { dataMethods } from "./postgres/data.ts"
import { createDatabase, type Database, type Run } from "./postgres/database.ts"
import { endingMethods } from "./postgres/endings.ts"
import { leaseMethods } from "./postgres/leases.ts"
import { loginMethods } from "./postgres/logins.ts"
import { outboxMethods } from "./postgres/outbox.ts"
import { checkSchemaName, locatePool, locateUrl } from "./postgres/place.ts"
import { createClientBeside, createPool, type PgPool } from "./postgres/pool.ts"
import { checkLayout, createLayout } from "./postgres/prepare-schema.ts"
import { refreshMethods } from "./postgres/refreshes.ts"
import { schemaText } from "./postgres/schema.ts"
import { createSubscriptions, type Subscriptions } from "./postgres/subscriptions.ts"
import { sweepMethods } from "./postgres/sweep.ts"
import { createView } from "./postgres/view.ts"

export type { PgPool } from "./postgres/pool.ts"

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** Name of the PostgreSQL schema that holds the tables. Default `"evergrant"`. */
  schema?: string
  /** Whether opening the store creates schema and tables where they are missing. Default `false`. */
  createSchema?: boolean
  /** Seconds after which a call fails that has no answer yet. Default `5`. */
  timeout?: Seconds
  /** Seconds between two looks for changes that nobody announced, while somebody listens. Default `5`. */
  pollInterval?: Seconds
}

/** The defaults of {@link PostgresStoreOptions}. */
const defaults: Required<PostgresStoreOptions> = Object.freeze({
  schema: "evergrant",
  createSchema: false,
  timeout: 5,
  pollInterval: 5,
})

function checkOptions({ schema, timeout, pollInterval }: Required<PostgresStoreOptions>): void {
  checkSchemaName(schema)
  for (const [name, value] of Object.entries({ timeout, pollInterval })) {
    if (typeof value === "number" && value > 0 && value < 2_000_000) continue
    throw new ConfigurationError(
      "option_invalid",
      `The option ${name} of postgresStore must be a number of seconds.`,
    )
  }
}

async function checkWritable(run: Run, schema: string): Promise<void> {
  const [row] = await run(
    `SELECT current_setting('transaction_read_only') AS read_only FROM ${schema}.layout`,
  )
  if (row?.read_only === "off") return
  throw new StoreError("store_unavailable", "The PostgreSQL store cannot be written: its server only reads.")
}

interface Opening {
  pool: PgPool
  /** Ends the pool, if it is the store's own. */
  endPool(): Promise<void>
  database: Database
  options: Required<PostgresStoreOptions>
  barrier: Barrier
}

function listenTo(opening: Opening, feed: Feed, position: number): Subscriptions {
  const { pool, options, barrier } = opening
  return createSubscriptions({
    feed,
    barrier,
    position,
    pollInterval: options.pollInterval,
    announcements: (look) =>
      createAnnouncements(
        () => createClientBeside(pool),
        changeChannel(options.schema, feed.namespace),
        look,
      ),
  })
}

async function openView(opening: Opening, { namespace, clock }: StoreContext): Promise<GrantStore> {
  const { pool, database, options, barrier } = opening
  const schema = `"${options.schema}"`
  await checkLayout(
    database,
    options.schema,
    options.createSchema ? () => createLayout(pool, options.schema) : undefined,
  )
  const run: Run = (text, values) => database.runAfter(barrier.passed(), text, values)
  const view = createView(run, schema, namespace, clock)
  const position = await readLatestChange({ run, schema, namespace })
  const subscriptions = listenTo(opening, { run: database.run, schema, namespace }, position)
  let ended: Promise<void> | undefined
  return {
    ...loginMethods(view),
    ...refreshMethods(view),
    ...endingMethods(view),
    ...dataMethods(view),
    ...leaseMethods(view),
    ...outboxMethods(view),
    ...changeMethods({ run, schema, namespace }),
    ...sweepMethods(view),
    subscribe: subscriptions.subscribe,
    ping: () => checkWritable(run, schema),

    close() {
      subscriptions.close()
      database.close()
      ended ??= opening.endPool()
      return ended
    },
  }
}

/**
 * Keeps everything in a PostgreSQL database, which any number of machines can share. PostgreSQL 13 or newer.
 *
 * A write is on the server's disk before it is answered, unless the server was told otherwise (`synchronous_commit`).
 * The tables are in a schema of their own, made by {@link createPostgresSchema}, by the file
 * `evergrant/sql/postgres.sql`, or with the option `createSchema`; nothing is made by importing or constructing.
 * Works through pgbouncer in transaction mode, where changes are then found by looking (`pollInterval`).
 *
 * @param database The application's `Pool` of `pg`, which stays the application's (handle its `error` event); or a
 *   URL, for which the store makes a pool of ten connections at its opening and ends it with itself.
 * @param options.schema Name of the PostgreSQL schema. Default `"evergrant"`.
 * @param options.createSchema Whether opening creates what is missing. Default `false`.
 * @param options.timeout Seconds after which a call fails that has no answer yet. Default `5`.
 * @param options.pollInterval Seconds between two looks for changes that nobody announced. Default `5`.
 * @throws {ConfigurationError} `option_invalid`: this is no pool and no URL, or an option is wrong. Opening throws it
 *   as well, when the tables are missing, not of this version, or closed to this user.
 *
 * @example
 * evergrant: { store: postgresStore(pool) }
 */
export function postgresStore(database: PgPool | string, options: PostgresStoreOptions = {}): StoreDriver {
  const settings = { ...defaults, ...options }
  checkOptions(settings)
  const place = typeof database === "string" ? locateUrl(database) : locatePool(database)
  const barriers = new Map<string, Barrier>()
  return {
    kind: "postgres",
    location: `${place} ${settings.schema}`,

    async open(context) {
      const own = typeof database === "string" ? await createPool(database) : undefined
      const pool = own ?? (database as PgPool)
      const endPool = async (): Promise<void> => own?.end()
      const barrier = barriers.get(context.namespace) ?? createBarrier()
      barriers.set(context.namespace, barrier)
      const calls = createDatabase(pool, settings.timeout)
      try {
        return await openView({ pool, endPool, database: calls, options: settings, barrier }, context)
      } catch (error) {
        await endPool()
        throw error
      }
    },
  }
}

/**
 * Creates the schema with its tables and functions, or brings an older one up to date. May run again, and in several
 * processes at once. Do it once per deployment, as a user who may create; the store itself needs no such right.
 *
 * @param pool A `Pool` of `pg`.
 * @param schema Name of the PostgreSQL schema. Default `"evergrant"`.
 * @throws {ConfigurationError} `option_invalid`: the name cannot be used, the user may not create, or the schema was
 *   made by a newer Evergrant.
 * @throws {StoreError} `store_unavailable`: the database cannot be asked.
 */
export async function createPostgresSchema(pool: PgPool, schema: string = defaults.schema): Promise<void> {
  checkSchemaName(schema)
  await createLayout(pool, schema)
}

/**
 * The statements that {@link createPostgresSchema} runs, for a tool that migrates databases. The package has them as a
 * file too, `sql/postgres.sql`, for the default name.
 *
 * @throws {ConfigurationError} `option_invalid`: the name cannot be used.
 */
export function postgresSchema(schema: string = defaults.schema): string {
  checkSchemaName(schema)
  return schemaText(schema)
}
