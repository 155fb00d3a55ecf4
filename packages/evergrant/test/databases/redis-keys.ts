/** Keys of a suite's own on a Redis server that it shares with others. */
import { randomUUID } from "node:crypto"
import { Redis } from "ioredis"

/** See {@link redisKeys}. */
export interface RedisKeys {
  /** A prefix that nobody else uses, for `redisStore`. */
  prefix(): string
  /** Removes everything that was kept under these prefixes. */
  remove(): Promise<void>
}

/** Makes prefixes on the server at `url`. */
export function redisKeys(url: string): RedisKeys {
  const suite = `test:${randomUUID()}`
  return {
    prefix: () => `${suite}:${randomUUID()}`,
    async remove() {
      const client = new Redis(url)
      for await (const keys of client.scanStream({ match: `{${suite}:*`, count: 1000 })) {
        if (keys.length > 0) await client.del(...keys)
      }
      await client.quit()
    },
  }
}
