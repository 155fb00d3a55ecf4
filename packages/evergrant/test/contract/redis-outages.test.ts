/** What becomes of a store when its Redis stops, is killed, does not answer, or loses an answer. */
import { setTimeout } from "node:timers/promises"
import { inspect } from "node:util"
import { Redis } from "ioredis"
import { createClient } from "redis"
import { afterEach, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import { ConfigurationError, isEvergrantError } from "../../src/errors.ts"
import type { GrantStore, StoreWarning } from "../../src/store/grant-store.ts"
import { type RedisClient, type RedisStoreOptions, redisStore } from "../../src/stores/redis.ts"
import { recordChanges } from "../../src/testing/contracts/change-recorder.ts"
import { readLive } from "../../src/testing/contracts/contract-case.ts"
import { guardOf, sampleGrant, sampleLogin, sampleRotation } from "../../src/testing/contracts/samples.ts"
import { startCuttingProxy } from "../databases/cutting-proxy.ts"
import { startRedisServer } from "../databases/redis-server.ts"

const undone: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of undone.splice(0).reverse()) await undo()
})

async function startServer(settings?: readonly string[]) {
  const server = await startRedisServer(settings)
  undone.push(server.remove)
  return server
}

async function open(target: string | RedisClient, options?: RedisStoreOptions): Promise<GrantStore> {
  const store = await redisStore(target, options).open({ namespace: "one", clock: systemClock })
  undone.push(() => store.close())
  return store
}

const unavailable = expect.objectContaining({ code: "store_unavailable", remedy: "retry" })

/** Waits until the store has found its server again. */
async function untilServing(store: GrantStore): Promise<void> {
  for (;;) {
    try {
      return await store.ping()
    } catch (error) {
      if (!isEvergrantError(error) || error.code !== "store_unavailable") throw error
      await setTimeout(10)
    }
  }
}

async function signIn(store: GrantStore) {
  const grant = sampleGrant(systemClock.now())
  await store.createLogin(sampleLogin(systemClock.now()), "handle", [grant])
  return guardOf(grant)
}

const rotation = (fields = {}) => sampleRotation(systemClock.now(), fields)
const soon = (): number => systemClock.now() + 60

describe.runIf(inject("redis").available)("redisStore", () => {
  test.each(["SIGTERM", "SIGKILL"] as const)(
    "A14: while Redis is gone (%s) each call is store_unavailable; nothing is lost when it is back",
    async (signal) => {
      const server = await startServer()
      const store = await open(server.url)
      const guard = await signIn(store)
      expect(await store.commitRefresh(guard, rotation(), soon())).toBe("stored")
      const before = await readLive(store, "handle")
      await server.stop(signal)
      const calls = [
        store.readLogin("handle"),
        store.commitRefresh({ ...guard, generation: 2, tokenHash: "token-2" }, rotation(), soon()),
        store.acquireLease("lease", "owner", 10),
        store.sweep(),
        store.ping(),
      ]
      for (const call of calls) await expect(call).rejects.toEqual(unavailable)
      await server.start()
      await untilServing(store)
      expect(await readLive(store, "handle")).toEqual(before)
      expect((await store.findSpentToken("token-1"))?.generation).toBe(2)
      expect(await store.latestChange()).toBe(2)
    },
  )

  test("A13: a store cannot be opened while Redis is gone, and can when it is back", async () => {
    const server = await startServer()
    await server.stop("SIGKILL")
    await expect(open(server.url)).rejects.toEqual(unavailable)
    await server.start()
    await (await open(server.url)).ping()
  })

  test("a Redis that does not answer is unavailable, and serves again when it does", async () => {
    const server = await startServer()
    const store = await open(server.url, { commandTimeout: 0.2 })
    const guard = await signIn(store)
    server.freeze()
    await expect(store.readLogin("handle")).rejects.toEqual(unavailable)
    await expect(store.commitRefresh(guard, rotation(), soon())).rejects.toEqual(unavailable)
    server.thaw()
    await untilServing(store)
    // The commit may have arrived, and then it was done once: the guard sees to it that it is not done again.
    expect(["stored", "conflict"]).toContain(await store.commitRefresh(guard, rotation(), soon()))
    const { grants, version } = await readLive(store, "handle")
    expect([grants[0]?.generation, version, await store.latestChange()]).toEqual([2, 2, 2])
  })

  test.each<[string, (url: string) => RedisClient | string]>([
    ["a URL", (url) => url],
    ["ioredis", (url) => new Redis(url, { lazyConnect: true })],
    ["node-redis", (url) => createClient({ url })],
  ])(
    "a write whose answer is lost is store_unavailable, was done once and is not sent again (%s)",
    async (_, create) => {
      const server = await startServer()
      const proxy = await startCuttingProxy(server.port)
      undone.push(proxy.close)
      const store = await open(create(`redis://127.0.0.1:${proxy.port}`))
      const guard = await signIn(store)
      // The same script once before, so that the next one is a single request.
      await store.commitRefresh({ ...guard, generation: 7 }, rotation(), soon())
      proxy.loseAnswerTo("lost answer")
      const next = rotation({ sealedTokens: "lost answer" })
      await expect(store.commitRefresh(guard, next, soon())).rejects.toEqual(unavailable)
      await untilServing(store)
      expect(proxy.arrivals()).toBe(1)
      const { grants, version } = await readLive(store, "handle")
      expect([grants[0]?.generation, grants[0]?.sealedTokens, version]).toEqual([2, "lost answer", 2])
      expect(await store.commitRefresh(guard, next, soon())).toBe("conflict")
    },
  )

  test("a subscription outlives a kill of Redis and misses nothing", async () => {
    const server = await startServer()
    // The slow look is out of the way: what is missed is found by connecting again.
    const store = await open(server.url, { pollInterval: 3600 })
    const other = await open(server.url)
    const recorder = recordChanges(store)
    await other.writeData("user", 0, "1")
    await recorder.hears(1)
    await server.stop("SIGKILL")
    await server.start()
    await untilServing(other)
    await other.writeData("user", 1, "2")
    await recorder.hears(2)
    await other.writeData("user", 2, "3")
    await recorder.hears(3)
    expect(recorder.heard).toEqual(await other.changesAfter(0, 100))
  })

  test("a change whose message was lost is found by looking", async () => {
    const server = await startServer()
    const admin = new Redis(server.url)
    undone.push(() => admin.disconnect())
    // This user may neither publish nor subscribe.
    await admin.call("ACL", "SETUSER", "mute", "on", ">secret", "~*", "resetchannels", "+@all")
    const store = await open(server.url.replace("//", "//mute:secret@"), { pollInterval: 0.02 })
    const recorder = recordChanges(store)
    expect(await store.writeData("user", 0, "1")).toBe("stored")
    expect(await store.writeData("user", 1, "2")).toBe("stored")
    expect(await recorder.hears(2)).toEqual(await store.changesAfter(0, 100))
  })

  test("whoever was told of more than a restored Redis knows is told all that it has", async () => {
    const server = await startServer()
    const store = await open(server.url, { pollInterval: 0.02 })
    const recorder = recordChanges(store)
    for (let i = 0; i < 3; i++) await store.writeData("user", i, "data")
    await recorder.hears(3)
    const admin = new Redis(server.url)
    undone.push(() => admin.disconnect())
    await admin.flushall()
    await store.writeData("user", 0, "again")
    expect((await recorder.hears(4)).at(-1)).toMatchObject({ cursor: 1, user: "user" })
  })

  test("a replica refuses writes: store_unavailable, and served again when it is a master", async () => {
    const master = await startServer()
    const server = await startServer()
    const store = await open(server.url)
    await signIn(store)
    const admin = new Redis(server.url)
    undone.push(() => admin.disconnect())
    await admin.call("REPLICAOF", "127.0.0.1", String(master.port))
    await expect(store.writeData("user", 0, "data")).rejects.toEqual(unavailable)
    await admin.call("REPLICAOF", "NO", "ONE")
    await untilServing(store)
    expect(await store.writeData("user", 0, "data")).toBe("stored")
  })

  test("no error tells the password, and no location", async () => {
    const secret = "pa55word-of-redis"
    const server = await startServer()
    const admin = new Redis(server.url)
    await admin.config("SET", "requirepass", "another")
    admin.disconnect()
    const urls = [
      `redis://user:${secret}@127.0.0.1:${server.port}`,
      `redis://:${secret}@127.0.0.1:1`,
      `http://user:${secret}@127.0.0.1`,
      `redis://user:${secret}@127.0.0.1:port`,
      `redis://127.0.0.1/${secret}`,
      secret,
    ]
    for (const url of urls) {
      const error = await open(url).catch((reason: unknown) => reason)
      expect(isEvergrantError(error)).toBe(true)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret)
    }
    expect(redisStore(urls[0] ?? "").location).toBe(`127.0.0.1:${server.port}/0 evergrant`)
  })

  test("records of a newer layout are left alone", async () => {
    const server = await startServer()
    const admin = new Redis(server.url)
    undone.push(() => admin.disconnect())
    await admin.set("{evergrant:one}:layout", "2")
    await expect(open(server.url)).rejects.toThrow(ConfigurationError)
    expect(await admin.dbsize()).toBe(1)
  })

  async function warningsOf(url: string): Promise<StoreWarning[]> {
    const warnings: StoreWarning[] = []
    const warn = (warning: StoreWarning): void => void warnings.push(warning)
    const store = await redisStore(url).open({ namespace: "one", clock: systemClock, warn })
    await store.close()
    return warnings
  }

  test("settings that lose what is stored are warned of by name, once per process and place", async () => {
    const forgetful = ["--appendonly", "no", "--appendfsync", "no", "--maxmemory-policy", "allkeys-lru"]
    const server = await startServer(forgetful)
    const warnings = await warningsOf(server.url)
    expect(warnings.map(({ setting }) => setting)).toEqual(["appendonly", "appendfsync", "maxmemory-policy"])
    expect(warnings.map(({ remedy }) => remedy.split(/[:,]/, 1)[0])).toEqual([
      "Set appendonly yes",
      "Set appendfsync always",
      "Set maxmemory-policy noeviction",
    ])
    expect(await warningsOf(server.url)).toEqual([])
  })

  test.each(["always", "everysec"])(
    "a Redis that keeps what it is given is not warned of (%s)",
    async (sync) => {
      const server = await startServer(["--appendfsync", sync])
      expect(await warningsOf(server.url)).toEqual([])
    },
  )

  test("where CONFIG is forbidden the rest is looked at, and what could not be is said", async () => {
    const server = await startServer(["--appendonly", "no"])
    const admin = new Redis(server.url)
    undone.push(() => admin.disconnect())
    await admin.call("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config")
    const warnings = await warningsOf(server.url.replace("//", "//app:secret@"))
    expect(warnings.map(({ setting }) => setting)).toEqual(["appendonly", "appendfsync"])
    expect(warnings[1]?.remedy).toContain("CONFIG GET is not allowed")
  })
})
