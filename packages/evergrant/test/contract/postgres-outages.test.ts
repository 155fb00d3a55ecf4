/** A server that stops and starts again under writes, and the order of the feed under many writers. */
import { Client, type Pool } from "pg"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import { isEvergrantError } from "../../src/errors.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import type { Change } from "../../src/store/records.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import { recordChanges } from "../../src/testing/contracts/change-recorder.ts"
import { createPool } from "../databases/postgres-place.ts"
import { type PostgresServer, type StopMode, startPostgresServer } from "../databases/postgres-server.ts"

const postgres = inject("postgres")
const context = { namespace: "one", clock: systemClock }
const minute = 60_000

/** Writes versions of one user's data until told to stop. A failure must be `store_unavailable`. */
function keepWriting(store: GrantStore, user: string) {
  let stopped = false
  let acknowledged = 0
  let failures = 0
  async function write(): Promise<void> {
    const version = (await store.readData(user))?.version ?? 0
    if ((await store.writeData(user, version, "data")) === "stored") acknowledged = version + 1
  }
  async function run(): Promise<void> {
    while (!stopped) {
      try {
        await write()
      } catch (error) {
        if (!isEvergrantError(error) || error.code !== "store_unavailable") throw error
        failures++
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  const done = run()
  return {
    acknowledged: () => acknowledged,
    failures: () => failures,
    async stop() {
      stopped = true
      await done
    },
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe.skipIf(!postgres.available)("with a server of its own", () => {
  let server: PostgresServer
  let pool: Pool
  beforeAll(async () => {
    server = await startPostgresServer()
    pool = createPool(server.url)
    await createPostgresSchema(pool)
  }, minute)
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })

  for (const mode of ["fast", "immediate"] as StopMode[]) {
    for (const owner of ["own", "application's"]) {
      test(`A8 after a stop (${mode}) nothing that was answered is lost, with the ${owner} pool`, {
        timeout: minute,
      }, async () => {
        const user = `${mode} ${owner}`
        const store = await postgresStore(owner === "own" ? server.url : pool).open(context)
        const recorder = recordChanges(store)
        const from = await store.latestChange()
        const writer = keepWriting(store, user)
        await until(() => writer.acknowledged() > 5)
        await server.stop(mode)
        await until(() => writer.failures() > 2)
        const before = writer.acknowledged()
        await server.start()
        await until(() => writer.acknowledged() > before + 5)
        await writer.stop()
        // One more than was answered may have been stored: its answer was lost.
        const stored = (await store.readData(user))?.version ?? 0
        expect(stored).toBe(writer.acknowledged())
        await store.ping()
        const feed: Change[] = await store.changesAfter(from, 10_000)
        expect(feed).toHaveLength(stored)
        expect(await recorder.hears(stored)).toEqual(feed)
        await store.close()
      })
    }
  }

  test("an opening while the server is away fails, and works when it is back", {
    timeout: minute,
  }, async () => {
    const driver = postgresStore(server.url)
    await server.stop()
    const opening = async (): Promise<GrantStore> => driver.open(context)
    await expect(opening()).rejects.toMatchObject({ code: "store_unavailable" })
    await server.start()
    const store = await opening()
    await store.ping()
    await store.close()
  })

  test("a listener whose connection is ended hears what was changed meanwhile", {
    timeout: minute,
  }, async () => {
    const store = await postgresStore(server.url, { pollInterval: 1000 }).open(context)
    const recorder = recordChanges(store)
    await store.writeData("listener", 0, "1")
    await recorder.hears(1)
    const administrator = new Client({ connectionString: server.url })
    await administrator.connect()
    const { rowCount } = await administrator.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
    )
    expect(rowCount).toBe(1)
    await administrator.end()
    await store.writeData("listener", 1, "2")
    await recorder.hears(2)
    await store.close()
  })

  test("connections that the server refuses are unavailable, not empty", async () => {
    const limited = new URL(server.url)
    limited.username = "limited"
    await pool.query("CREATE ROLE limited LOGIN CONNECTION LIMIT 1; GRANT postgres TO limited")
    const taken = new Client({ connectionString: limited.href })
    await taken.connect()
    const opening = async (): Promise<GrantStore> => postgresStore(limited.href).open(context)
    await expect(opening()).rejects.toMatchObject({ code: "store_unavailable", message: /53300/ })
    await taken.end()
  })

  test("a reader who polls under eight writers sees every position, in order", {
    timeout: minute,
  }, async () => {
    const namespace = { namespace: "feed", clock: systemClock }
    const pools = Array.from({ length: 8 }, () => createPool(server.url, { max: 1 }))
    const stores = await Promise.all(pools.map(async (each) => postgresStore(each).open(namespace)))
    const reader = await postgresStore(pool).open(namespace)
    const writes = Promise.all(
      stores.map(async (store, i) => {
        for (let version = 0; version < 60; version++) await store.writeData(`user ${i}`, version, "data")
      }),
    )
    const seen: number[] = []
    while (seen.length < 480) {
      for (const { cursor } of await reader.changesAfter(seen.at(-1) ?? 0, 100)) seen.push(cursor)
    }
    await writes
    expect(seen).toEqual(Array.from({ length: 480 }, (_, i) => i + 1))
    for (const each of pools) await each.end()
  })
})
