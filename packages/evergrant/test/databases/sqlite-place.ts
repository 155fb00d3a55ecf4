import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DatabasePlace } from "./test-database.ts"

/**
 * One more connection to the file, of the same driver that the suite uses: two builds of SQLite do not see each
 * other's locks within one process.
 */
export interface SqliteConnection {
  query(sql: string): Promise<Record<string, unknown>[]>
  /** Runs a script of statements. */
  execute(script: string): Promise<void>
  close(): void
}

const away = " (away)"

/** Creates a file of its own. */
export async function createSqlitePlace(
  connect: (file: string) => SqliteConnection,
  schema: string,
): Promise<DatabasePlace> {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-database-"))
  const address = join(folder, "app.db")
  const connection = connect(address)
  const { query } = connection
  await connection.execute(schema)

  async function tables(): Promise<string[]> {
    const rows = await query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return rows.map((row) => String(row.name)).filter((name) => !name.startsWith("sqlite_"))
  }

  return {
    address,
    query,
    tables,

    /** Nobody can refuse a process its own file. Without their tables, though, all statements fail. */
    async setDown(down) {
      for (const name of await tables()) {
        if (name.endsWith(away) === down) continue
        const next = down ? `${name}${away}` : name.slice(0, -away.length)
        await query(`ALTER TABLE "${name}" RENAME TO "${next}"`)
      }
    },

    async remove() {
      connection.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
