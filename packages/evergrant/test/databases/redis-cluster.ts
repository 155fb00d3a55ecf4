/** A Redis Cluster of one node, which is enough to be refused what a cluster refuses: keys of several slots. */
import { setTimeout } from "node:timers/promises"
import { Redis } from "ioredis"
import { type RedisServer, startRedisServer } from "./redis-server.ts"

/** Starts a server of a test's own that is a whole cluster. */
export async function startRedisCluster(): Promise<RedisServer> {
  const server = await startRedisServer(["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"])
  const client = new Redis(server.url)
  try {
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot)
    await client.cluster("ADDSLOTS", ...slots)
    while (!String(await client.cluster("INFO")).includes("cluster_state:ok")) await setTimeout(20)
  } finally {
    client.disconnect()
  }
  return server
}
