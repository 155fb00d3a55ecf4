/** The demo's database of users, seen from outside of it. */
import { DatabaseSync } from "node:sqlite"

/** The tokens of the session rows that are there. */
export function sessionRows(usersFile: string): string[] {
  return inDatabase(usersFile, (database) =>
    database
      .prepare("SELECT sessionToken FROM session")
      .all()
      .map((row) => String(row.sessionToken)),
  )
}

/** The token columns of all account rows. */
export function accountTokens(usersFile: string): Record<string, unknown>[] {
  return inDatabase(usersFile, (database) =>
    database
      .prepare(
        "SELECT provider, access_token, refresh_token, id_token, expires_at FROM account ORDER BY provider",
      )
      .all()
      .map((row) => ({ ...row })),
  )
}

/** Takes Auth.js's tables away, so that every statement about them fails, or puts them back. */
export function setUsersDown(usersFile: string, down: boolean): void {
  inDatabase(usersFile, (database) => {
    for (const table of ["user", "account", "session"]) {
      const [from, to] = down ? [table, `${table} (away)`] : [`${table} (away)`, table]
      database.exec(`ALTER TABLE "${from}" RENAME TO "${to}"`)
    }
  })
}

function inDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    return work(database)
  } finally {
    database.close()
  }
}
