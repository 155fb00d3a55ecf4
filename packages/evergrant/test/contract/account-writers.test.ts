import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, inject, test } from "vitest"
import { neededColumns, tokenColumns } from "../../src/accounts/account-writer.ts"
import {
  type AccountTable,
  type AccountWriterSubject,
  accountWriterContract,
  type SampleRow,
} from "../../src/testing/contracts/index.ts"
import { createPlace, databaseKinds, isOnPostgres } from "../databases/create-database.ts"
import { createSqlitePlace } from "../databases/sqlite-place.ts"
import type { DatabasePlace } from "../databases/test-database.ts"
import { connectSync, openWriters, type WriterKind, type Writers } from "./writers/open-writers.ts"

const readSchema = (file: string): string =>
  readFileSync(join(import.meta.dirname, "../databases/schema", file), "utf8")

/** In both databases, whose strings know no escape but the doubled quote. */
const literal = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? "NULL" : `'${String(value).replaceAll("'", "''")}'`

const quoted = (names: string[]): string => names.map((name) => `"${name}"`).join(", ")

const columns = {
  narrow: [...neededColumns, "id_token", "note"],
  full: [...new Set([...neededColumns, ...tokenColumns, "note"]), "userId", "type"],
}

/** The table as it is reached without a writer. */
function tableAt(place: DatabasePlace, name: string, present: string[]): Omit<AccountTable, "open"> {
  return {
    async insert(row: SampleRow) {
      const all: Record<string, string | number | null> = { ...row, userId: "1", type: "oidc" }
      const values = present.map((column) => literal(all[column]))
      await place.query(`INSERT INTO "${name}" (${quoted(present)}) VALUES (${values.join(", ")})`)
    },
    async read({ provider, providerAccountId }) {
      const rows = await place.query(
        `SELECT * FROM "${name}"
          WHERE provider = ${literal(provider)} AND "providerAccountId" = ${literal(providerAccountId)}`,
      )
      return rows[0]
    },
  }
}

/** Two processes, which the contract opens in turns: a process for each opening would exhaust the server. */
function createSubject(
  kind: WriterKind,
  place: DatabasePlace,
  writers: [Writers, Writers],
): AccountWriterSubject {
  let opened = 0
  const next = (): Writers => writers[opened++ % 2 === 0 ? 0 : 1]
  const fullName = kind === "pg" ? "accounts" : "account"
  const subject: AccountWriterSubject = {
    full: { ...tableAt(place, fullName, columns.full), open: () => next().full },
    narrow: { ...tableAt(place, "narrow_account", columns.narrow), open: () => next().narrow },
    openLacking: () => next().openLacking(),
  }
  // The stock schemas for Drizzle and Prisma have an integer of 32 bits on PostgreSQL.
  const isNarrow = kind === "drizzle-postgres" || kind === "prisma"
  return isNarrow ? { ...subject, latestExpiry: 2 ** 31 - 1 } : subject
}

const postgres = inject("postgres")

function createPlaceFor(kind: WriterKind, schema: string): Promise<DatabasePlace> {
  if (kind === "drizzle-sync") return createSqlitePlace(connectSync, schema)
  return createPlace(kind, postgres.available ? postgres.url : "", schema)
}

for (const kind of [...databaseKinds, "drizzle-sync"] as const) {
  describe.skipIf(kind !== "drizzle-sync" && isOnPostgres(kind) && !postgres.available)(
    `account writer: ${kind}`,
    () => {
      let place: DatabasePlace
      let writers: [Writers, Writers]

      beforeAll(async () => {
        const schema =
          readSchema(kind === "pg" ? "pg-adapter.sql" : "auth.sql") + readSchema("odd-accounts.sql")
        place = await createPlaceFor(kind, schema)
        if (kind !== "pg") await place.query(`INSERT INTO "user" (id) VALUES ('1')`)
        writers = [await openWriters[kind](place.address), await openWriters[kind](place.address)]
      })
      afterAll(async () => {
        for (const each of writers ?? []) await each.close()
        await place?.remove()
      })

      for (const { name, run } of accountWriterContract()) {
        test(name, () => run(createSubject(kind, place, writers)))
      }
    },
  )
}
