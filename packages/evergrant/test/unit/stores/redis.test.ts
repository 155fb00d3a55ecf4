/** What `redisStore` says of its options, before anything is opened. The rest needs a server: test/contract. */
import { Cluster, Redis } from "ioredis"
import { createClient } from "redis"
import { afterEach, describe, expect, it, vi } from "vitest"
import { ConfigurationError } from "../../../src/errors.ts"
import { consoleListener } from "../../../src/events.ts"
import { redisStore } from "../../../src/stores/redis.ts"

afterEach(() => vi.restoreAllMocks())

describe("redisStore", () => {
  it.each([
    ["redis://127.0.0.1:6379", "127.0.0.1:6379/0 evergrant"],
    ["redis://user:secret@redis.example/3", "redis.example:6379/3 evergrant"],
    ["rediss://:secret@redis.example:7000/", "redis.example:7000/0 evergrant"],
  ])("tells one database from another: %s", (url, location) => {
    expect(redisStore(url)).toMatchObject({ kind: "redis", location })
  })

  it("tells the places of clients apart, without their passwords", () => {
    const settings = { host: "redis.example", password: "secret", lazyConnect: true }
    const nodes = [{ host: "a", port: 1 }, { host: "b" }]
    expect(redisStore(new Redis({ ...settings, db: 2 })).location).toBe("redis.example:6379/2 evergrant")
    expect(redisStore(new Redis({ ...settings, keyPrefix: "app:" })).location).toBe(
      "redis.example:6379/0 app:evergrant",
    )
    expect(redisStore(new Cluster(nodes, { lazyConnect: true })).location).toBe(
      "cluster a:1,b:6379 evergrant",
    )
    expect(redisStore(createClient({ url: "redis://u:secret@redis.example:7000/4" })).location).toBe(
      "redis.example:7000/4 evergrant",
    )
  })

  it("tells prefixes apart", () => {
    expect(redisStore("redis://a", { prefix: "other" }).location).not.toBe(redisStore("redis://a").location)
  })

  it.each<[string, () => unknown]>([
    ["no URL", () => redisStore("127.0.0.1:6379")],
    ["another protocol", () => redisStore("https://redis.example")],
    ["a path that is no number", () => redisStore("redis://redis.example/name")],
    ["nothing", () => redisStore(undefined as never)],
    ["another object", () => redisStore({} as never)],
    ["a prefix that breaks the hash tag", () => redisStore("redis://a", { prefix: "a}b" })],
    ["an empty prefix", () => redisStore("redis://a", { prefix: "" })],
    ["no time for an answer", () => redisStore("redis://a", { commandTimeout: 0 })],
    ["no number", () => redisStore("redis://a", { pollInterval: Number.NaN })],
  ])("refuses %s in one sentence", (_, create) => {
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(/^redisStore (needs|takes) [^\n]+\.$/)
  })
})

describe("the warnings of a store", () => {
  it("are said to the console once for each setting", () => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => {})
    const listen = consoleListener(() => 1000)
    for (const setting of ["appendonly", "appendonly", "maxmemory-policy"]) {
      listen({ type: "store.warning", store: "redis", setting, remedy: `Set ${setting}.` })
    }
    expect(said.mock.calls.map(([line]) => line)).toEqual([
      "[evergrant] The redis store may lose what it is given (appendonly). Set appendonly.",
      "[evergrant] The redis store may lose what it is given (maxmemory-policy). Set maxmemory-policy.",
    ])
  })
})
