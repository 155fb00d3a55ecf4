/** Finds the Redis server that the tests share: each suite has key names of its own there. */
import process from "node:process"
import { Redis } from "ioredis"

/** The server, or the reason why there is none. */
export type RedisAvailability =
  | { readonly available: true; readonly url: string }
  | { readonly available: false; readonly why: string }

/** Milliseconds for a server that is starting or far away. */
const patienceMs = 5000

/** Looks at `EVERGRANT_REDIS_URL`, or where a local server is. */
export async function findRedisServer(): Promise<RedisAvailability> {
  const url = process.env.EVERGRANT_REDIS_URL ?? "redis://127.0.0.1:6379"
  if (!URL.canParse(url)) return { available: false, why: "EVERGRANT_REDIS_URL is not a URL" }
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    retryStrategy: null,
  })
  client.on("error", () => {})
  try {
    await client.connect()
    await client.ping()
    return { available: true, url }
  } catch {
    const remedy = "on Debian: apt-get install -y redis-server, and start it"
    return {
      available: false,
      why: `no Redis server answers at ${new URL(url).host}; ${remedy}, or set EVERGRANT_REDIS_URL`,
    }
  } finally {
    client.disconnect()
  }
}
