import { readFileSync } from "node:fs"
import { join } from "node:path"
import { openDrizzlePostgres } from "./drizzle-postgres.ts"
import { connectLibsql, openDrizzleSqlite } from "./drizzle-sqlite.ts"
import { openPg } from "./pg.ts"
import { createPostgresPlace } from "./postgres-place.ts"
import { openPrisma } from "./prisma.ts"
import { connectSqlite, openSqlite } from "./sqlite.ts"
import { createSqlitePlace } from "./sqlite-place.ts"
import type { DatabaseKind, DatabasePlace, OpenDatabase, TestDatabase } from "./test-database.ts"

/** What differs between the kinds. */
interface DatabaseDescription {
  onPostgres: boolean
  schema: string
  accountTable: string
  sessionTable: string
  open(address: string): Promise<OpenDatabase>
}

const readSchema = (file: string): string => readFileSync(join(import.meta.dirname, "schema", file), "utf8")
const auth = { schema: readSchema("auth.sql"), accountTable: "account", sessionTable: "session" }
const pgAdapter = {
  schema: readSchema("pg-adapter.sql"),
  accountTable: "accounts",
  sessionTable: "sessions",
}

const databases: Record<DatabaseKind, DatabaseDescription> = {
  "drizzle-sqlite": { ...auth, onPostgres: false, open: openDrizzleSqlite },
  "drizzle-postgres": { ...auth, onPostgres: true, open: openDrizzlePostgres },
  prisma: { ...auth, onPostgres: true, open: openPrisma },
  pg: { ...pgAdapter, onPostgres: true, open: openPg },
  sqlite: { ...auth, onPostgres: false, open: openSqlite },
}

export const databaseKinds = Object.keys(databases) as DatabaseKind[]

export function isOnPostgres(kind: DatabaseKind): boolean {
  return databases[kind].onPostgres
}

/** Opens a database that exists, as another process of the application does. */
export function openDatabase(kind: DatabaseKind, address: string): Promise<OpenDatabase> {
  return databases[kind].open(address)
}

/** Creates an empty place with these statements, without an adapter or a writer. */
export async function createPlace(
  kind: DatabaseKind,
  postgresUrl: string,
  schema: string = databases[kind].schema,
): Promise<DatabasePlace> {
  if (isOnPostgres(kind)) return createPostgresPlace(postgresUrl, schema)
  return createSqlitePlace(kind === "sqlite" ? connectSqlite : connectLibsql, schema)
}

/** Creates a database with Auth.js's tables and opens it. */
export async function createDatabase(kind: DatabaseKind, postgresUrl: string): Promise<TestDatabase> {
  const { accountTable, sessionTable, open } = databases[kind]
  const place = await createPlace(kind, postgresUrl)
  const { adapter, writer, close } = await open(place.address)
  const { address, query, setDown } = place
  return {
    kind,
    address,
    adapter,
    writer,
    query,
    setDown,
    accounts: () => query(`SELECT * FROM "${accountTable}" ORDER BY provider, "providerAccountId"`),

    async sessions() {
      const rows = await query(`SELECT "sessionToken", "userId", expires FROM "${sessionTable}"`)
      return rows.map(({ sessionToken, userId, expires }) => ({
        sessionToken: String(sessionToken),
        userId: String(userId),
        expires: toDate(expires),
      }))
    },

    async dump() {
      const lines: string[] = []
      for (const table of await place.tables()) {
        for (const row of await query(`SELECT * FROM "${table}"`))
          lines.push(`${table} ${JSON.stringify(row)}`)
      }
      return lines.join("\n")
    },

    async close() {
      await close()
      await place.remove()
    },
  }
}

/** PostgreSQL answers with a date, SQLite with the milliseconds that Drizzle stores. */
function toDate(value: unknown): Date {
  return value instanceof Date ? value : new Date(Number(value))
}
