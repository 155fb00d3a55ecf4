/** Where each kind of store keeps its records during a test file. */
import { join } from "node:path"
import { inject } from "vitest"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { cookieStore } from "../../src/stores/cookie.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { temporaryFolder } from "../contract/temporary-folder.ts"
import { createPostgresSchemas } from "../databases/postgres-schemas.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import type { StoreKind } from "./store-kinds.ts"

/** A place of one test file. */
export interface StorePlace {
  /** A store of its own for one test: a file, or connections of its own to a server that the tests share. */
  driver(): StoreDriver
  /** Removes everything that was kept there. */
  remove(): Promise<void>
}

export interface StoreDescription {
  /** Whether this machine has what the store needs. Servers are looked for by the global setups. */
  isAvailable(): boolean
  prepare(): Promise<StorePlace>
}

const nothing = async () => {}
const always = () => true

export const storePlaces: Record<StoreKind, StoreDescription> = {
  memory: {
    isAvailable: always,
    prepare: async () => ({ driver: () => memoryStore({ name: crypto.randomUUID() }), remove: nothing }),
  },
  cookie: {
    isAvailable: always,
    prepare: async () => ({ driver: () => cookieStore({ name: crypto.randomUUID() }), remove: nothing }),
  },
  sqlite: {
    isAvailable: always,
    async prepare() {
      const { path, remove } = temporaryFolder()
      return {
        driver: () => sqliteStore(join(path, `${crypto.randomUUID()}.db`)),
        remove: async () => remove(),
      }
    },
  },
  redis: {
    isAvailable: () => inject("redis").available,
    async prepare() {
      const server = inject("redis")
      if (!server.available) throw new Error(server.why)
      const { prefix, remove } = redisKeys(server.url)
      return { driver: () => redisStore(server.url, { prefix: prefix() }), remove }
    },
  },
  postgres: {
    isAvailable: () => inject("postgres").available,
    async prepare() {
      const server = inject("postgres")
      if (!server.available) throw new Error(server.why)
      const { pool, remove } = await createPostgresSchemas(server.url)
      await createPostgresSchema(pool)
      // One schema for the file: every scene has a namespace of its own.
      return { driver: () => postgresStore(pool), remove }
    },
  },
}
