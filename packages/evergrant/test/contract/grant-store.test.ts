import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { afterAll, beforeAll, describe, inject, test } from "vitest"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { cookieStore } from "../../src/stores/cookie.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { grantStoreContract } from "../../src/testing/contracts/index.ts"
import { createPostgresSchemas, openEmpty, type PostgresSchemas } from "../databases/postgres-schemas.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

const drivers: Record<string, () => StoreDriver> = {
  cookieStore: () => cookieStore({ name: randomUUID() }),
  memoryStore: () => memoryStore({ name: randomUUID() }),
  sqliteStore: () => sqliteStore(join(folder.path, `${randomUUID()}.db`), { pollInterval: 0.01 }),
}

const redis = inject("redis")
if (redis.available) {
  const { url } = redis
  const keys = redisKeys(url)
  afterAll(keys.remove)
  drivers.redisStore = () => redisStore(url, { prefix: keys.prefix() })
}

for (const [name, create] of Object.entries(drivers)) {
  describe(name, () => {
    for (const contractCase of grantStoreContract()) {
      test(contractCase.name, async () => {
        const driver = create()
        await contractCase.run({ open: async (context) => driver.open(context) })
      })
    }
  })
}

const postgres = inject("postgres")
describe.skipIf(!postgres.available)("postgresStore", () => {
  let schemas: PostgresSchemas
  beforeAll(async () => {
    if (postgres.available) schemas = await createPostgresSchemas(postgres.url)
    await createPostgresSchema(schemas.pool)
  })
  afterAll(() => schemas.remove())

  for (const owner of ["the store's", "the application's"]) {
    describe(`with ${owner} pool`, () => {
      for (const contractCase of grantStoreContract()) {
        test(contractCase.name, async () => {
          const driver = postgresStore(owner === "the store's" ? schemas.url : schemas.pool)
          await contractCase.run({ open: openEmpty(driver) })
        })
      }
    })
  }
})
