/** Where a scene keeps its store: a place of its own, which goes with the scene. */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { Client, escapeIdentifier } from "pg"
import { inject } from "vitest"
import type {} from "../../../../packages/evergrant/test/databases/postgres-global-setup.ts"
import type {} from "../../../../packages/evergrant/test/databases/redis-global-setup.ts"
import { redisKeys } from "../../../../packages/evergrant/test/databases/redis-keys.ts"

export type StoreKind = "memory" | "sqlite" | "cookie" | "redis" | "postgres"

/** The stores that are a server: what they keep outlives a process and is shared by several machines. */
export const serverStores = ["redis", "postgres"] as const

export interface StorePlace {
  /** `EVERGRANT_STORE`. */
  setting: string
  remove(): Promise<void>
}

/** Whether a server is missing that the store needs. The global setup has said so, or failed. */
export function isMissing(store: StoreKind): boolean {
  return (store === "redis" || store === "postgres") && !inject(store).available
}

/** @param file The file of the SQLite store. */
export function createStorePlace(store: StoreKind, file: string): StorePlace {
  switch (store) {
    case "sqlite":
      return { setting: `sqlite:${file}`, remove: async () => {} }
    case "redis":
      return redisPlace(urlOf("redis"))
    case "postgres":
      return postgresPlace(urlOf("postgres"))
    default:
      return { setting: `${store}:`, remove: async () => {} }
  }
}

/** The file of users beside a store that several processes share; in memory for the others. */
export function usersBeside(store: StoreKind, folder: string): string {
  return store === "memory" || store === "cookie" ? "memory:" : join(folder, "users.db")
}

function urlOf(server: "redis" | "postgres"): string {
  const found = inject(server)
  if (!found.available) throw new Error(found.why)
  return found.url
}

function redisPlace(url: string): StorePlace {
  const keys = redisKeys(url)
  const address = new URL(url)
  address.searchParams.set("prefix", keys.prefix())
  return { setting: address.href, remove: keys.remove }
}

function postgresPlace(url: string): StorePlace {
  const schema = `demo_${randomUUID().replaceAll("-", "")}`
  const address = new URL(url)
  address.searchParams.set("schema", schema)
  return {
    setting: address.href,
    async remove() {
      const client = new Client({ connectionString: url })
      await client.connect()
      await client.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`)
      await client.end()
    },
  }
}
