/** The part of the driver `pg` that a store works with, and a pool of the store's own. */
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"

/** A row with every value as PostgreSQL spells it: the application's own parsers of types do not count here. */
export type TextRow = Record<string, string | null>

/** One statement as `pg` takes it. */
export interface PgStatement {
  text: string
  values?: unknown[]
  types?: { getTypeParser(): (value: string) => unknown }
  /** Milliseconds after which the driver gives up. */
  query_timeout?: number
}

/** What is used of a connection of `pg`. */
export interface PgConnection {
  query(statement: PgStatement): Promise<{ rows: Record<string, unknown>[] }>
  on(event: "error" | "end" | "notification", listener: () => void): unknown
  removeListener(event: "error", listener: () => void): unknown
}

/** A connection that a pool has lent. */
export interface PgPoolClient extends PgConnection {
  release(error?: Error | boolean): void
}

/** A connection of nobody's pool. */
export interface PgClient extends PgConnection {
  connect(): Promise<unknown>
  end(): Promise<void>
  /** Lets the process end although the connection is open. */
  unref?(): void
}

/** What is used of a `Pool` of `pg`. */
export interface PgPool {
  connect(): Promise<PgPoolClient>
}

/** A pool that belongs to the store. */
export interface OwnPool extends PgPool {
  end(): Promise<void>
}

const connectionTimeout: Seconds = 2

async function loadDriver(): Promise<typeof import("pg")> {
  try {
    return await import("pg")
  } catch (cause) {
    throw new ConfigurationError("option_invalid", 'postgresStore needs the package "pg": install it.', {
      cause,
    })
  }
}

/** Makes a pool for a URL. It connects with the first call, and does not keep a process alive that has nothing to do. */
export async function createPool(url: string): Promise<OwnPool> {
  const driver = await loadDriver()
  const { Pool } = driver.default ?? driver
  const pool = new Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: connectionTimeout * 1000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: "evergrant",
  })
  // An idle connection that ends is no news: the next call makes another, or says that it cannot.
  pool.on("error", () => undefined)
  return pool
}

/**
 * Makes a connection beside those of a pool, as the pool makes its own. `undefined` for what is no pool of `pg`: from
 * that nothing can be had but queries.
 */
export function createClientBeside(pool: PgPool): PgClient | undefined {
  if (!("Client" in pool && typeof pool.Client === "function" && "options" in pool)) return undefined
  const Client = pool.Client as new (options: unknown) => PgClient
  return new Client(pool.options)
}
