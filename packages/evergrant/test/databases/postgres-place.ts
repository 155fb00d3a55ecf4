import { randomUUID } from "node:crypto"
import { Client, escapeIdentifier, escapeLiteral, Pool, type PoolConfig } from "pg"
import type { DatabasePlace } from "./test-database.ts"

/** A pool that survives the end of its connections, as every application's must. */
export function createPool(url: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: url, max: 10, ...config })
  pool.on("error", () => undefined)
  // A connection that is being closed tells nobody but itself that the server ended it first.
  pool.on("connect", (client) => client.on("error", () => undefined))
  return pool
}

/**
 * Creates a database of its own on a server.
 *
 * @param serverUrl A database of the server in which databases can be created.
 * @param schema Statements to begin with.
 */
export async function createPostgresPlace(serverUrl: string, schema: string): Promise<DatabasePlace> {
  const name = `evergrant_${randomUUID().replaceAll("-", "")}`
  const quoted = escapeIdentifier(name)
  const administrator = new Client({ connectionString: serverUrl })
  await administrator.connect()
  await administrator.query(`CREATE DATABASE ${quoted}`)
  const address = new URL(serverUrl)
  address.pathname = `/${name}`
  const pool = createPool(address.href)
  await pool.query(schema)

  /** Ends all connections and waits until the server has let go of them. */
  async function disconnectAll(): Promise<void> {
    const others = `FROM pg_stat_activity WHERE datname = ${escapeLiteral(name)}`
    let left = -1
    while (left !== 0) {
      await administrator.query(`SELECT pg_terminate_backend(pid) ${others}`)
      const { rows } = await administrator.query(`SELECT count(*)::int AS left ${others}`)
      left = rows[0]?.left
    }
  }

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const { rows } = await pool.query(sql)
    return rows
  }

  return {
    address: address.href,
    query,

    async tables() {
      const rows = await query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
      )
      return rows.map((row) => String(row.tablename))
    },

    async setDown(down) {
      await administrator.query(`ALTER DATABASE ${quoted} ALLOW_CONNECTIONS ${!down}`)
      if (down) await disconnectAll()
    },

    async remove() {
      await pool.end()
      await administrator.query(`DROP DATABASE ${quoted} WITH (FORCE)`)
      await administrator.end()
    },
  }
}
