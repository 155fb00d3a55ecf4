/**
 * What a store keeps in one namespace, counted in its database: rows by table, or members by key. Left out are the data
 * of users, which no sweep removes, the newest change, and what a namespace itself needs.
 */
import { DatabaseSync } from "node:sqlite"
import type { Redis } from "ioredis"
import type { Pool } from "pg"

/** Table or key, and how much is in it; without those that are empty. */
export type Remains = Record<string, number>

const tables = ["logins", "handles", "grants", "tombstones", "spent_tokens", "leases", "outbox", "changes"]

function withoutEmpty(counts: readonly (readonly [string, number])[]): Remains {
  const remains: Remains = {}
  for (const [name, count] of counts) {
    const extra = name === "changes" ? Math.max(0, count - 1) : count
    if (extra > 0) remains[name] = extra
  }
  return remains
}

/** Counts the rows of a file with one namespace. */
export function countSqlite(file: string): Remains {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return withoutEmpty(
      tables.map((table) => [
        table,
        Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count),
      ]),
    )
  } finally {
    database.close()
  }
}

/** Counts the rows of a namespace in the schema of the default name. */
export async function countPostgres(pool: Pool, namespace: string): Promise<Remains> {
  const counts: [string, number][] = []
  for (const table of tables) {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS count FROM evergrant.${table} WHERE namespace = $1`,
      [namespace],
    )
    counts.push([table, Number(rows[0]?.count)])
  }
  return withoutEmpty(counts)
}

/** Counts the members of all keys that begin with `prefix`. */
export async function countRedis(client: Redis, prefix: string): Promise<Remains> {
  const commands: Record<string, string> = { hash: "HLEN", zset: "ZCARD", stream: "XLEN", string: "STRLEN" }
  const counts: [string, number][] = []
  for (const key of await client.keys(`${prefix}*`)) {
    const name = key.slice(prefix.length)
    if (["layout", "latestChange", "data"].includes(name)) continue
    const command = commands[await client.type(key)]
    // A key of another kind counts too: nothing of it is known.
    counts.push([name, command === undefined ? 1 : Number(await client.call(command, key))])
  }
  return withoutEmpty(counts)
}
