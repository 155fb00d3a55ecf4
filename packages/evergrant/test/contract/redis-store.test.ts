/** What a Redis store takes as its place, and that nothing of it is left open. */
import { Redis } from "ioredis"
import { describe, expect, inject, test } from "vitest"
import { ConfigurationError } from "../../src/errors.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { manualClock } from "../../src/testing/manual-clock.ts"
import { redisKeys } from "../databases/redis-keys.ts"

test("a URL cannot change how the store works: of its parameters only the family of addresses is taken", () => {
  const canary = "redis://127.0.0.1:6379/0?"
  for (const query of [
    "enableOfflineQueue=1",
    "autoResendUnfulfilledCommands=1",
    "keyPrefix=canary",
    "db=3",
    "password=canary",
  ]) {
    let error: unknown
    try {
      redisStore(canary + query)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(String(error)).not.toContain("canary")
  }
  expect(redisStore("redis://127.0.0.1:6379/0?family=4").location).toBe("127.0.0.1:6379/0 evergrant")
})

describe.runIf(inject("redis").available)("redisStore", () => {
  const redis = inject("redis")
  if (!redis.available) return
  const { url } = redis

  test("nothing is open after close, whatever was under way", async () => {
    const keys = redisKeys(url)
    const connectionName = keys.prefix().replaceAll(":", "-")
    const administrator = new Redis(url)
    const client = new Redis(url, { lazyConnect: true, connectionName })
    const connections = async (): Promise<number> =>
      String(await administrator.client("LIST"))
        .split("\n")
        .filter((line) => line.includes(`name=${connectionName} `)).length
    const store = await redisStore(client, { prefix: keys.prefix() }).open({
      namespace: "one",
      clock: manualClock(),
    })
    store.subscribe(() => {})
    await store.writeData("user", 0, "data")
    await expect.poll(connections).toBe(2)
    const underWay = store.writeData("user", 1, "data").catch(() => "failed")
    store.subscribe(() => {})()
    await store.close()
    await underWay
    expect(() => store.subscribe(() => {})).toThrow(expect.objectContaining({ code: "store_unavailable" }))
    await expect.poll(connections).toBe(0)
    administrator.disconnect()
    await keys.remove()
  })
})
