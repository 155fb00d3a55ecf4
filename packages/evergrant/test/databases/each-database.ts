/** Runs a suite against every kind of database, each with its stock adapter and its writer. */
import { afterAll, beforeAll, describe, inject } from "vitest"
import { createDatabase, databaseKinds, isOnPostgres } from "./create-database.ts"
import type { TestDatabase } from "./test-database.ts"

/** Declares `suite` once for each kind. The suite gets a function: the database exists only once tests run. */
export function describeEachDatabase(name: string, suite: (database: () => TestDatabase) => void): void {
  const postgres = inject("postgres")
  const url = postgres.available ? postgres.url : ""
  for (const kind of databaseKinds) {
    describe.skipIf(isOnPostgres(kind) && !postgres.available)(`${name} (${kind})`, () => {
      let database: TestDatabase | undefined
      beforeAll(async () => {
        database = await createDatabase(kind, url)
      })
      afterAll(() => database?.close())
      suite(() => {
        if (!database) throw new Error("The database is there only while tests run.")
        return database
      })
    })
  }
}
