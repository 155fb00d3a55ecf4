/**
 * Rows A21 and A22: what an earlier version has written, today's opens. Each folder in `fixtures/formats` was made by
 * the code of its time and is never made again; see docs/decisions/013-formats-and-fixtures.md.
 */
import { copyFileSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { decode } from "@auth/core/jwt"
import { afterAll, describe, expect, inject, it, onTestFinished } from "vitest"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import type { StoredGrant } from "../../src/store/records.ts"
import { cookieStore } from "../../src/stores/cookie.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { postgresStore } from "../../src/stores/postgres.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { hashSecret } from "../../src/tokens/token-hash.ts"
import { temporaryFolder } from "../contract/temporary-folder.ts"
import { createPostgresSchemas } from "../databases/postgres-schemas.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import { until } from "../faults/scene/watched-clock.ts"
import { accountRow, cookieName, cookieSecret } from "../fixtures/fixed-values.ts"
import { type FormatFacts, openWorld, type World } from "../fixtures/format-content.ts"
import { makeSchema, type Rows } from "../fixtures/postgres-rows.ts"
import { runCommands } from "../fixtures/redis-commands.ts"

const fixtures = join(import.meta.dirname, "../fixtures/formats")
const versions = readdirSync(fixtures)
const folder = temporaryFolder()
afterAll(folder.remove)

const text = (version: string, file: string): string => readFileSync(join(fixtures, version, file), "utf8")
const read = <T>(version: string, file: string): T => JSON.parse(text(version, file)) as T
const factsOf = (version: string, kind: string): FormatFacts => {
  const facts = read<Record<string, FormatFacts>>(version, "facts.json")[kind]
  if (!facts) throw new Error(`The fixtures of version ${version} have no ${kind}.`)
  return facts
}

async function openFixture(driver: StoreDriver, facts: FormatFacts): Promise<World> {
  const world = await openWorld(driver, facts)
  onTestFinished(() => world.evergrant.close())
  return world
}

async function grantsOf({ store }: World, handle: string): Promise<StoredGrant[]> {
  const login = await store.readLogin(await hashSecret(handle))
  return login?.status === "live" ? login.grants : []
}

/** The login is there with all that it had, and goes on living. */
async function expectLive(world: World, { live }: FormatFacts): Promise<void> {
  const { evergrant, clock, provider } = world
  const session = await evergrant.readSession(live.handle)
  expect(session).toMatchObject({
    status: "session",
    view: { user: "user-live", claims: live.claims, data: live.data },
  })
  expect((await grantsOf(world, live.handle)).map(({ generation }) => generation)).toEqual(live.generations)
  expect(await evergrant.getAccessToken(live.handle)).toMatchObject({ accessToken: live.accessToken })

  provider.tolerate(live.refreshToken)
  await clock.advance(301)
  const fresh = await evergrant.getAccessToken(live.handle)
  expect(fresh.accessToken).not.toBe(live.accessToken)
  expect(provider.requests("token").map(({ form }) => form.get("refresh_token"))).toEqual([live.refreshToken])
  expect((await evergrant.patchSession(live.handle, { step: "COMPLETED" }, "server")).data).toEqual({
    ...live.data,
    step: "COMPLETED",
  })
}

/** All the rest: what ended stays ended, what was under way is found, what is to be done is done. */
async function expectRest(world: World, facts: FormatFacts): Promise<void> {
  const { evergrant, clock, provider, events, removed, store } = world
  expect(await evergrant.readSession(facts.ended.handle)).toEqual({
    status: "signed_out",
    reason: "signed_out",
  })
  const [grant] = await grantsOf(world, facts.live.handle)
  expect(await store.findSpentToken(facts.live.spentTokenHash)).toMatchObject({
    loginId: grant?.loginId,
    generation: 2,
  })
  expect(await store.latestChange()).toBe(facts.latestChange)
  const changes = await store.changesAfter(0, 100)
  expect(new Set(changes.map(({ kind }) => kind))).toEqual(
    new Set(["login.updated", "data.updated", "login.ended"]),
  )

  const [noted] = await grantsOf(world, facts.noted.handle)
  expect(noted?.intent).toMatchObject({ owner: "a process that died", tokenHash: noted?.tokenHash })
  provider.tolerate(facts.noted.refreshToken)
  await clock.advance(301)
  // Whoever finds the note gives the process that left it a second to store what it received.
  await clock.runUntilDone(evergrant.getAccessToken(facts.noted.handle))
  expect(events.filter(({ type }) => type === "tokens.recovered")).toHaveLength(1)

  await evergrant.ping()
  await until(() => removed.length > 0)
  // Doing it twice is harmless, and may happen while minutes pass in a moment.
  expect(new Set(removed)).toEqual(new Set([facts.outbox.sessionToken]))
}

describe.each(versions)("records of format %s", (version) => {
  it("A21 are opened from a file of SQLite [sqlite]", async () => {
    const facts = factsOf(version, "sqlite")
    const open = async (name: string) => {
      const file = join(folder.path, `${version}-${name}`)
      copyFileSync(join(fixtures, version, "store.sqlite"), file)
      return openFixture(sqliteStore(file), facts)
    }
    await expectLive(await open("live"), facts)
    await expectRest(await open("rest"), facts)
  })

  it.skipIf(!inject("redis").available)("A21 are opened from a Redis server [redis]", async () => {
    const server = inject("redis")
    if (!server.available) throw new Error(server.why)
    const facts = factsOf(version, "redis")
    const keys = redisKeys(server.url)
    onTestFinished(keys.remove)
    const open = async () => {
      const prefix = keys.prefix()
      await runCommands(server.url, prefix, read(version, "redis.json"))
      return openFixture(redisStore(server.url, { prefix }), facts)
    }
    await expectLive(await open(), facts)
    await expectRest(await open(), facts)
  })

  it.skipIf(!inject("postgres").available)(
    "A21 are opened from a PostgreSQL database [postgres]",
    async () => {
      const server = inject("postgres")
      if (!server.available) throw new Error(server.why)
      const facts = factsOf(version, "postgres")
      const schemas = await createPostgresSchemas(server.url)
      onTestFinished(schemas.remove)
      const open = async () => {
        const schema = schemas.next()
        const rows = read<Rows>(version, "postgres.json")
        await makeSchema(schemas.pool, schema, text(version, "postgres.sql"), rows)
        return openFixture(postgresStore(schemas.pool, { schema, createSchema: true }), facts)
      }
      await expectLive(await open(), facts)
      await expectRest(await open(), facts)
    },
  )

  it("A21 are opened from a session cookie [cookie]", async () => {
    const facts = factsOf(version, "cookie")
    const { value } = read<{ value: string }>(version, "cookie.json")
    const token = await decode({ token: value, secret: cookieSecret, salt: cookieName })
    const world = await openFixture(cookieStore({ name: crypto.randomUUID() }), facts)

    expect(token).toMatchObject({ sub: "user-live", evergrant: facts.live.handle })
    expect(await world.evergrant.restoreLogin(facts.live.handle, "user-live", token?.evergrantLogin)).toBe(
      "readable",
    )

    await expectLive(world, facts)
  })

  it("A21 are opened from the columns of an account row", async () => {
    const { evergrant } = await openFixture(
      memoryStore({ name: crypto.randomUUID() }),
      factsOf(version, "sqlite"),
    )
    const sealed = read<Record<string, string>>(version, "account-row.json")
    const { provider, providerAccountId } = accountRow

    expect(Object.values(sealed).every((column) => /^eg\d+\./.test(column))).toBe(true)
    expect(await evergrant.openAccount({ provider, providerAccountId, ...sealed })).toEqual(accountRow)
  })
})

it("A21 has fixtures of every format that was ever written", () => {
  expect(versions).toContain("1")
})
