/** What a PostgreSQL store is opened with, what opening finds, and what its errors say. */
import { Client, Pool } from "pg"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import { ConfigurationError, StoreError } from "../../src/errors.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { createPostgresSchema, postgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import { sampleGrant, sampleLogin, signIn } from "../../src/testing/contracts/samples.ts"
import { manualClock } from "../../src/testing/manual-clock.ts"
import { createPool } from "../databases/postgres-place.ts"
import { createPostgresSchemas, type PostgresSchemas } from "../databases/postgres-schemas.ts"

const context = { namespace: "one", clock: systemClock }

async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof work === "function" ? work() : work)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error("nothing was thrown")
}

/** Everything that a log could show of an error. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ""
  return [error.stack, JSON.stringify(error, Object.getOwnPropertyNames(error)), textOf(error.cause)].join(
    "\n",
  )
}

test("a URL or an option that cannot be right is refused at once, without a word of it", async () => {
  const wrong: (() => unknown)[] = [
    () => postgresStore("mysql://user:canary@host/db"),
    () => postgresStore("postgres://user:can#ary@:x/db"),
    () => postgresStore("canary"),
    () => postgresStore({} as Pool),
    () => postgresStore("postgres://host/db", { schema: 'evil"; canary' }),
    () => postgresStore("postgres://host/db", { schema: "pg_canary" }),
    () => postgresStore("postgres://host/db", { timeout: 0 }),
    () => postgresStore("postgres://host/db", { pollInterval: Number.NaN }),
    () => postgresSchema("canary canary"),
  ]
  for (const construct of wrong) {
    const error = await failureOf(construct)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(textOf(error)).not.toMatch(/canary|can#ary/)
  }
})

test("the location tells databases and schemas apart, and holds neither user nor password", () => {
  const location = (url: string, schema?: string): string =>
    postgresStore(url, schema === undefined ? {} : { schema }).location
  expect(location("postgres://user:canary@db.example:6543/app")).toBe("db.example:6543/app evergrant")
  expect(location("postgresql://db.example/app", "other")).toBe("db.example:5432/app other")
  expect(location("postgres:///app?host=/run/postgresql")).toBe("/run/postgresql:5432/app evergrant")
  const pools = ["postgres://user:canary@db.example:6543/app", "postgres://db.example:6543/other"].map(
    (connectionString) => new Pool({ connectionString }),
  )
  expect(pools.map((pool) => postgresStore(pool).location)).toEqual([
    "db.example:6543/app evergrant",
    "db.example:6543/other evergrant",
  ])
  const byFields = new Pool({ host: "db.example", port: 6543, database: "app", password: "canary" })
  expect(postgresStore(byFields).location).toBe("db.example:6543/app evergrant")
  const unknown = [{ connect: async () => Promise.reject() }, { connect: async () => Promise.reject() }]
  const [first, second] = unknown.map((pool) => postgresStore(pool).location)
  expect(first).not.toBe(second)
})

test("the file in the package is the text that is exported", async () => {
  await expect(postgresSchema()).toMatchFileSnapshot("../../sql/postgres.sql")
})

const postgres = inject("postgres")
describe.skipIf(!postgres.available)("on a server", () => {
  let schemas: PostgresSchemas
  beforeAll(async () => {
    if (postgres.available) schemas = await createPostgresSchemas(postgres.url)
  })
  afterAll(() => schemas.remove(), 60_000)

  const openIn = async (schema: string, createSchema = false): Promise<GrantStore> =>
    postgresStore(schemas.pool, { schema, createSchema }).open(context)

  test("a database without the tables is refused, with what to run", async () => {
    const schema = schemas.next()
    const error = await failureOf(openIn(schema))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toMatch(/run createPostgresSchema\(\) or evergrant\/sql\/postgres\.sql/)
    const { rows } = await schemas.pool.query("SELECT to_regnamespace($1) AS found", [schema])
    expect(rows).toEqual([{ found: null }])
    await createPostgresSchema(schemas.pool, schema)
    await (await openIn(schema)).close()
  })

  test("eight that create the schema at once all find it, many times over", { timeout: 60_000 }, async () => {
    const pools = Array.from({ length: 8 }, () => createPool(schemas.url, { max: 1 }))
    for (let round = 0; round < 5; round++) {
      const schema = schemas.next()
      const stores = await Promise.all(
        pools.map(async (pool) => postgresStore(pool, { schema, createSchema: true }).open(context)),
      )
      await signIn({ store: stores[0] as GrantStore, clock: manualClock() })
      await Promise.all(stores.map((store) => store.ping()))
      for (const store of stores) await store.close()
    }
    for (const pool of pools) await pool.end()
  })

  test("creating again keeps what is there", async () => {
    const schema = schemas.next()
    const store = await openIn(schema, true)
    await store.writeData("user", 0, "data")
    await createPostgresSchema(schemas.pool, schema)
    expect((await store.readData("user"))?.sealedData).toBe("data")
    await store.close()
  })

  test("a newer layout is refused and left as it is, an older one says what to run", async () => {
    const schema = schemas.next()
    await createPostgresSchema(schemas.pool, schema)
    await schemas.pool.query(`UPDATE ${schema}.layout SET version = 99`)
    for (const open of [
      () => openIn(schema),
      () => openIn(schema, true),
      () => createPostgresSchema(schemas.pool, schema),
    ]) {
      const error = await failureOf(open)
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error.message).toMatch(/newer Evergrant/)
    }
    await schemas.pool.query(`UPDATE ${schema}.layout SET version = 0`)
    expect((await failureOf(openIn(schema))).message).toMatch(/run createPostgresSchema\(\) again/)
    await (await openIn(schema, true)).close()
    await (await openIn(schema)).close()
  })

  test("a user without rights is told which, and one who may only use the schema can serve", async () => {
    const schema = schemas.next()
    const role = `${schema}_role`
    await createPostgresSchema(schemas.pool, schema)
    await schemas.pool.query(`CREATE ROLE ${role} LOGIN`)
    const url = new URL(schemas.url)
    url.username = role
    const error = await failureOf(async () => postgresStore(url.href, { schema }).open(context))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toMatch(/grant it USAGE/)
    await schemas.pool.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`)
    await schemas.pool.query(`GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${role}`)
    const store = await postgresStore(url.href, { schema }).open(context)
    await signIn({ store, clock: manualClock() })
    await store.sweep()
    await store.close()
    await schemas.pool.query(`DROP OWNED BY ${role}`)
    await schemas.pool.query(`DROP ROLE ${role}`)
  })

  test("no error tells a value, also where PostgreSQL's own quotes the row", async () => {
    const schema = schemas.next()
    const store = await openIn(schema, true)
    await schemas.pool.query(`ALTER TABLE ${schema}.data ADD CHECK (sealed_data NOT LIKE '%canary%')`)
    const refused = await failureOf(store.writeData("user-canary", 0, "canary"))
    const unreadable = await failureOf(
      store.createLogin(sampleLogin(0, { sealedLogin: "canary\0" }), "canary", [sampleGrant(0)]),
    )
    await schemas.pool.query(`DROP SCHEMA ${schema} CASCADE`)
    const gone = await failureOf(store.readLogin("canary"))
    for (const error of [refused, unreadable, gone]) {
      expect(error).toBeInstanceOf(StoreError)
      expect(textOf(error)).not.toContain("canary")
    }
    expect(refused.message).toContain("23514")
    await store.close()
  })

  test("a password is in no error of an opening that fails", async () => {
    const url = new URL(schemas.url)
    url.password = "canary"
    url.port = "1"
    const error = await failureOf(async () => postgresStore(url.href).open(context))
    expect(error).toBeInstanceOf(StoreError)
    expect(textOf(error)).not.toContain("canary")
  })

  test("the application's pool is as it was after the store was closed", async () => {
    const pool = createPool(schemas.url)
    const store = await postgresStore(pool, { schema: schemas.next(), createSchema: true }).open(context)
    await store.close()
    expect((await pool.query("SELECT current_schemas(false)::text AS path")).rows).toEqual([
      { path: "{public}" },
    ])
    await pool.end()
  })

  test("a pool with nothing to lend fails a call in time, and the call is not made up for later", async () => {
    const pool = createPool(schemas.url, { max: 1 })
    const store = await postgresStore(pool, {
      schema: schemas.next(),
      createSchema: true,
      timeout: 0.5,
    }).open(context)
    const taken = await pool.connect()
    const error = await failureOf(store.writeData("user", 0, "data"))
    expect(error).toBeInstanceOf(StoreError)
    taken.release()
    expect(await store.readData("user")).toBeUndefined()
    await store.close()
    await pool.end()
  })

  test("a server that does not answer fails a call in time", async () => {
    const schema = schemas.next()
    const options = { schema, createSchema: true, timeout: 0.5 }
    const store = await postgresStore(schemas.pool, options).open(context)
    const blocker = new Client({ connectionString: schemas.url })
    await blocker.connect()
    await blocker.query(`BEGIN; LOCK TABLE ${schema}.data`)
    expect(await failureOf(store.readData("user"))).toBeInstanceOf(StoreError)
    await blocker.end()
    expect(await store.readData("user")).toBeUndefined()
    await store.close()
  })

  test("a server or pool whose transactions do not see what was committed meanwhile is refused", async () => {
    const schema = schemas.next()
    await createPostgresSchema(schemas.pool, schema)
    for (const level of ["repeatable read", "serializable"]) {
      const options = `-c default_transaction_isolation=${level.replace(" ", "\\ ")}`
      const pool = createPool(schemas.url, { options })
      const error = await failureOf(async () => postgresStore(pool, { schema }).open(context))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error.message).toContain("read committed")
      await pool.end()
    }
  })

  test("an id that PostgreSQL cannot keep is refused in words", async () => {
    const store = await openIn(schemas.next(), true)
    const now = systemClock.now()
    const refused = [
      () => store.createLogin(sampleLogin(now, { user: "canary\0" }), "handle", []),
      () => store.createLogin(sampleLogin(now), "handle", [sampleGrant(now, { sid: "canary\0" })]),
      () => store.readData("canary\0"),
    ]
    for (const call of refused) {
      const error = await failureOf(call)
      expect(error).toBeInstanceOf(StoreError)
      expect(error.message).toContain("U+0000")
      expect(textOf(error)).not.toContain("canary")
    }
    expect(await store.readLogin("handle")).toBeUndefined()
    await store.close()
  })

  test("a call is answered or fails in time also beside somebody who subscribes", async () => {
    const schema = schemas.next()
    const store = await postgresStore(schemas.pool, { schema, createSchema: true, timeout: 0.5 }).open(
      context,
    )
    const blocker = new Client({ connectionString: schemas.url })
    await blocker.connect()
    await blocker.query(`BEGIN; LOCK TABLE ${schema}.feeds`)
    // One after the other they find their position, each in as much time as a call may take.
    for (let i = 0; i < 4; i++) store.subscribe(() => {})
    const error = await failureOf(store.readData("user"))
    expect(error).toBeInstanceOf(StoreError)
    await blocker.end()
    await store.close()
  })

  test("a server that only reads is unavailable for writes and for ping, and still reads", async () => {
    const schema = schemas.next()
    const writing = await openIn(schema, true)
    await signIn({ store: writing, clock: manualClock(systemClock.now()) })
    const pool = createPool(schemas.url, { options: "-c default_transaction_read_only=on" })
    const store = await postgresStore(pool, { schema }).open(context)
    const error = await failureOf(store.writeData("user", 0, "data"))
    expect(error).toBeInstanceOf(StoreError)
    expect(error.message).toContain("25006")
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreError)
    expect((await store.readLogin("handle"))?.status).toBe("live")
    await store.close()
    await writing.close()
    await pool.end()
  })
})
