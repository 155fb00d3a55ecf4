import { randomUUID } from "node:crypto"
import type { Pool } from "pg"
import type { GrantStore, StoreContext, StoreDriver } from "../../src/store/grant-store.ts"
import { createPool, createPostgresPlace } from "./postgres-place.ts"

/** A database in which each test that needs one has a schema of its own. */
export interface PostgresSchemas {
  /** URL of the database. */
  readonly url: string
  /** A pool of it, as an application has one. */
  readonly pool: Pool
  /** The name of a schema that is not there yet. */
  next(): string
  remove(): Promise<void>
}

/** Creates the database on a server. {@link PostgresSchemas.remove} drops it with all schemas. */
export async function createPostgresSchemas(serverUrl: string): Promise<PostgresSchemas> {
  const place = await createPostgresPlace(serverUrl, "")
  const pool = createPool(place.address)
  return {
    url: place.address,
    pool,
    next: () => `s_${randomUUID().replaceAll("-", "")}`,
    async remove() {
      await pool.end()
      await place.remove()
    },
  }
}

/**
 * Opens a driver's store under namespaces that nobody else has: an empty place without the time that it takes to
 * create a schema. What is opened with the same function sees the same place.
 */
export function openEmpty(driver: StoreDriver): (context: StoreContext) => Promise<GrantStore> {
  const place = randomUUID()
  return async ({ namespace, clock }) => driver.open({ namespace: `${place} ${namespace}`, clock })
}
