/** Finds the PostgreSQL server that the tests use: each suite makes a database of its own there, and drops it. */
import process from "node:process"
import { Client } from "pg"

/** The server, or the reason why there is none. */
export type PostgresAvailability =
  | { readonly available: true; readonly url: string }
  | { readonly available: false; readonly why: string }

/** Milliseconds for a server that is starting or far away. */
const patienceMs = 5000

/** Looks at `EVERGRANT_POSTGRES_URL`, or where a local server is. Its user must be allowed to create databases. */
export async function findPostgresServer(): Promise<PostgresAvailability> {
  const url = process.env.EVERGRANT_POSTGRES_URL ?? "postgres://postgres@127.0.0.1:5432/postgres"
  if (!URL.canParse(url)) return { available: false, why: "EVERGRANT_POSTGRES_URL is not a URL" }
  const { host } = new URL(url)
  const client = new Client({ connectionString: url, connectionTimeoutMillis: patienceMs })
  try {
    await client.connect()
    const { rows } = await client.query(
      "SELECT rolcreatedb OR rolsuper AS allowed FROM pg_roles WHERE rolname = current_user",
    )
    if (rows[0]?.allowed) return { available: true, url }
    return { available: false, why: `the PostgreSQL user at ${host} may not create databases` }
  } catch {
    const remedy =
      "on Debian: apt-get install -y postgresql, and allow user postgres to connect from 127.0.0.1"
    return {
      available: false,
      why: `no PostgreSQL server accepts connections at ${host}; ${remedy}, or set EVERGRANT_POSTGRES_URL`,
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}
