import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import type { ListingAccountWriter } from "../../src/accounts/account-writer.ts"
import { pgAccounts } from "../../src/accounts/pg.ts"
import { sqliteAccounts } from "../../src/accounts/sqlite.ts"
import { createPlace, isOnPostgres } from "../databases/create-database.ts"
import { createPool } from "../databases/postgres-place.ts"
import type { DatabasePlace } from "../databases/test-database.ts"

interface Opened {
  writer: ListingAccountWriter
  close(): Promise<void>
}

const openers: Record<"sqlite" | "pg", (address: string) => Opened> = {
  sqlite(file) {
    const database = new DatabaseSync(file)
    return { writer: sqliteAccounts(database), close: async () => database.close() }
  },
  pg(url) {
    const pool = createPool(url)
    return { writer: pgAccounts(pool), close: () => pool.end() }
  },
}

const table = `(provider text, "providerAccountId" text, access_token text, refresh_token text, expires_at bigint)`
const schema = `CREATE TABLE account ${table}; CREATE TABLE accounts ${table};`
/** Names that collations put in different orders. */
const names = ["a", "B", "b", "C", "ä", "Z", "z", "_", "10", "9", "", "o''brien", "É"]
const postgres = inject("postgres")

describe.each(["sqlite", "pg"] as const)("listing an account table (%s)", (kind) => {
  describe.skipIf(isOnPostgres(kind) && !postgres.available)("page by page", () => {
    let place: DatabasePlace
    let opened: Opened

    beforeAll(async () => {
      place = await createPlace(kind, postgres.available ? postgres.url : "", schema)
      opened = openers[kind](place.address)
      const rows = names.flatMap((name) => [`('one', '${name}', 'access')`, `('two', '${name}', 'access')`])
      const name = kind === "pg" ? "accounts" : "account"
      await place.query(
        `INSERT INTO ${name} (provider, "providerAccountId", access_token) VALUES ${rows.join(", ")}`,
      )
    })
    afterAll(async () => {
      await opened?.close()
      await place?.remove()
    })

    test.each([1, 3, 26, 100])("of %i visits each row once, in one order", async (limit) => {
      const seen: string[] = []
      let page = await opened.writer.list(undefined, limit)
      // A page that does not come after the one before would go on for ever.
      while (page.length > 0 && seen.length <= 2 * names.length) {
        expect(page.length).toBeLessThanOrEqual(limit)
        seen.push(...page.map((row) => `${row.provider} ${row.providerAccountId}`))
        page = await opened.writer.list(page.at(-1), limit)
      }
      const all = names.flatMap((name) => [`one ${name}`, `two ${name}`]).map((key) => key.replace("''", "'"))
      expect(seen.toSorted()).toEqual(all.toSorted())
      expect(seen).toEqual(
        (await opened.writer.list(undefined, 100)).map(
          ({ provider, providerAccountId }) => `${provider} ${providerAccountId}`,
        ),
      )
    })

    test("counts the rows, and returns their tokens as find does", async () => {
      expect(await opened.writer.count()).toBe(2 * names.length)
      const [row] = await opened.writer.list(undefined, 1)
      expect(row).toEqual(row && (await opened.writer.find(row)))
      expect(row).toMatchObject({ access_token: "access", refresh_token: null, expires_at: null })
    })
  })
})
