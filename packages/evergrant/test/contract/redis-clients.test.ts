/** The contract of stores on each client that an application may have, and what the store does with that client. */
import { Cluster, Redis } from "ioredis"
import { createClient } from "redis"
import { afterAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { type RedisClient, redisStore } from "../../src/stores/redis.ts"
import { readLive } from "../../src/testing/contracts/contract-case.ts"
import { grantStoreContract } from "../../src/testing/contracts/index.ts"
import { sampleGrant, sampleLogin, signIn } from "../../src/testing/contracts/samples.ts"
import { startRedisCluster } from "../databases/redis-cluster.ts"
import { redisKeys } from "../databases/redis-keys.ts"

describe.runIf(inject("redis").available)("redisStore", async () => {
  const redis = inject("redis")
  if (!redis.available) return
  const { url } = redis
  const keys = redisKeys(url)
  afterAll(keys.remove)
  const cluster = await startRedisCluster()
  afterAll(cluster.remove)

  // None of them is ever connected: the store takes their settings alone.
  const clients: Record<string, RedisClient> = {
    "ioredis, Redis": new Redis(url, { lazyConnect: true, protocol: 2 }),
    "ioredis, Cluster": new Cluster([{ host: "127.0.0.1", port: cluster.port }], { lazyConnect: true }),
    "node-redis": createClient({ url }),
  }

  for (const [name, client] of Object.entries(clients)) {
    describe(name, () => {
      for (const contractCase of grantStoreContract()) {
        test(contractCase.name, async () => {
          const driver = redisStore(client, { prefix: keys.prefix() })
          await contractCase.run({ open: async (context) => driver.open(context) })
        })
      }
    })
  }

  async function open(client: RedisClient | string, namespace = "one"): Promise<GrantStore> {
    return redisStore(client, { prefix: keys.prefix() }).open({ namespace, clock: systemClock })
  }

  test("the application's client is neither opened nor closed", async () => {
    const client = new Redis(url, { lazyConnect: true })
    const store = await open(client)
    await store.ping()
    expect(client.status).toBe("wait")
    await client.connect()
    await store.close()
    expect(await client.ping()).toBe("PONG")
    client.disconnect()
  })

  test.each([
    ["ioredis", new Redis(url, { lazyConnect: true, keyPrefix: "test:app:" })],
    ["node-redis", createClient({ url, keyPrefix: "test:app:" })],
  ])("the prefix of the application's keys stands before the store's (%s)", async (_, client) => {
    const prefix = keys.prefix()
    const store = await redisStore(client, { prefix }).open({ namespace: "one", clock: systemClock })
    await signIn({ store, clock: { ...systemClock } as never })
    await readLive(store, "handle")
    await store.close()
    const reader = new Redis(url)
    const found = await reader.keys(`test:app:{${prefix}:one}:*`)
    expect(found).toContain(`test:app:{${prefix}:one}:logins`)
    await reader.del(...found)
    reader.disconnect()
  })

  test("all keys of a namespace are in one slot, whatever the namespace is called", async () => {
    const namespaces = ["one", "{", "}", "a}b{c", "{}", "", "ä ö", "\n", "\ud800"]
    const client = new Redis(cluster.url)
    for (const namespace of namespaces) {
      const prefix = keys.prefix()
      const store = await redisStore(clients["ioredis, Cluster"] as Cluster, { prefix }).open({
        namespace,
        clock: systemClock,
      })
      const now = systemClock.now()
      await store.createLogin(sampleLogin(now), "handle", [sampleGrant(now)])
      await store.close()
      const found = await client.keys(`{${prefix}:*`)
      const slots = await Promise.all(found.map((key) => client.cluster("KEYSLOT", key)))
      expect([found.length > 5, new Set(slots).size]).toEqual([true, 1])
    }
    client.disconnect()
  })

  test("nothing that is stored has an expiry of Redis's own: only the application's clock decides", async () => {
    const prefix = keys.prefix()
    const store = await redisStore(url, { prefix }).open({ namespace: "one", clock: systemClock })
    const guard = await signIn({ store, clock: { ...systemClock } as never })
    await store.acquireLease("lease", "owner", 1)
    await store.endLogins({
      by: { loginId: guard.grant.loginId },
      reason: "signed_out",
      at: systemClock.now(),
      tombstoneUntil: systemClock.now() + 1,
    })
    await store.close()
    const client = new Redis(url)
    const found = await client.keys(`{${prefix}:one}:*`)
    const expiries = await Promise.all(found.map((key) => client.pttl(key)))
    expect(new Set(expiries)).toEqual(new Set([-1]))
    client.disconnect()
  })

  test("ids may be of any characters, and times keep their fractions", async () => {
    const store = await open(url)
    const odd = ["}{", "a:b", "1:a", "\u0000", "\n\t\"'\\/", "ä€😀", "__proto__", ""]
    const now = 1_732_447_067.123_456
    for (const [i, text] of odd.entries()) {
      const login = sampleLogin(now, {
        loginId: text,
        user: text,
        createdAt: now + i * 0.000_001,
        expiresAt: 4_102_444_800.123_456,
        revision: 123_456_789_012_345,
      })
      const grant = sampleGrant(now, {
        provider: text,
        providerAccountId: text,
        issuer: text,
        clientId: text,
        sid: text,
        sub: text,
        generation: 9_007_199_254_740_000,
      })
      expect(await store.createLogin(login, text, [grant])).toBe("stored")
      const read = await readLive(store, text)
      expect(read).toMatchObject(login)
      expect(read.grants).toEqual([{ ...grant, loginId: text, intent: null }])
      for (const by of [
        { user: text },
        { issuer: text, clientId: text, sid: text },
        { issuer: text, clientId: text, sub: text },
      ]) {
        expect((await store.listLogins(by)).map(({ loginId }) => loginId)).toEqual([text])
      }
    }
    await store.close()
  })

  test("a script that Redis has forgotten is given to it again", async () => {
    const store = await open(url)
    const client = new Redis(url)
    const guard = await signIn({ store, clock: { ...systemClock } as never })
    await client.script("FLUSH")
    const { grants } = await readLive(store, "handle")
    expect(grants[0]?.generation).toBe(guard.generation)
    client.disconnect()
    await store.close()
  })
})
