/**
 * Vitest's global setup: looks for a Redis server, which suites take from `inject("redis")`. Where there is none they
 * are skipped, unless `EVERGRANT_REQUIRE_ALL=1` asks for a failure. `EVERGRANT_SKIP_REDIS=1` goes without it on
 * purpose. The program `redis-server`, of which some suites start their own, comes with it.
 */
import type { TestProject } from "vitest/node"
import { findRedisServer, type RedisAvailability } from "../../../../tools/redis/find-server.ts"

declare module "vitest" {
  export interface ProvidedContext {
    redis: RedisAvailability
  }
}

export default async function setup(project: TestProject): Promise<void> {
  if (process.env.EVERGRANT_SKIP_REDIS === "1") {
    project.provide("redis", { available: false, why: "asked to skip (EVERGRANT_SKIP_REDIS=1)" })
    return
  }
  const server = await findRedisServer()
  if (!server.available) {
    if (process.env.EVERGRANT_REQUIRE_ALL === "1") throw new Error(server.why)
    console.error(`Suites that need Redis are skipped: ${server.why}`)
  }
  project.provide("redis", server)
}
