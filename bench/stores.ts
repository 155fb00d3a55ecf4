/**
 * What does a call of the core cost on each store, beside the memory store in the same run? A read of a login, the
 * three writes of a refresh (lease, note, rotation, and the lease given back), and a sign-in. Rounds are interleaved
 * and medians are compared; databases on the network are on this machine. Figures alone: nothing is judged.
 */
import { randomUUID } from "node:crypto"
import { findPostgresServer } from "../tools/postgres/find-server.ts"
import { findRedisServer } from "../tools/redis/find-server.ts"
import { measureInterleaved, median } from "./measuring/rounds.ts"
import { openSubject, type StoreKind, type Subject } from "./store-calls/subject.ts"

const calls = ["read", "refresh", "signIn"] as const
const labels = { read: "read of a login", refresh: "writes of a refresh", signIn: "sign-in" } as const

const servers = { redis: await findRedisServer(), postgres: await findPostgresServer() }
const kinds: StoreKind[] = ["memory", "sqlite"]
for (const [kind, server] of Object.entries(servers) as ["redis" | "postgres", typeof servers.redis][]) {
  if (server.available) kinds.push(kind)
  else console.log(`${kind} left out: ${server.why}`)
}

const subjects: Subject[] = []
try {
  const place = `bench_${randomUUID().replaceAll("-", "")}`
  for (const kind of kinds) {
    const server = kind === "redis" || kind === "postgres" ? servers[kind] : undefined
    subjects.push(await openSubject(kind, place, server?.available ? server.url : ""))
  }
  for (const call of calls) {
    const medians = (await measureInterleaved(subjects.map((subject) => subject[call]))).map(median)
    const figures = kinds.map((kind, index) => {
      const cost = medians[index] ?? Number.NaN
      return `${kind} ${cost.toFixed(3)} ms (×${(cost / (medians[0] ?? 1)).toFixed(0)})`
    })
    console.log(`${labels[call]}: ${figures.join(", ")}`)
  }
} finally {
  for (const subject of subjects) await subject.close()
}
