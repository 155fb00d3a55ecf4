/** Opens the writers under test on the tables of auth.sql (or pg-adapter.sql) and odd-accounts.sql, once per process. */
import { DatabaseSync } from "node:sqlite"
import { createClient } from "@libsql/client"
import { drizzle as drizzleSync } from "drizzle-orm/better-sqlite3"
import { drizzle as drizzleLibsql } from "drizzle-orm/libsql"
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres"
import * as pg from "drizzle-orm/pg-core"
import * as sqlite from "drizzle-orm/sqlite-core"
import type { AccountWriter } from "../../../src/accounts/account-writer.ts"
import { drizzleAccounts } from "../../../src/accounts/drizzle.ts"
import { pgAccounts } from "../../../src/accounts/pg.ts"
import { prismaAccounts } from "../../../src/accounts/prisma.ts"
import { sqliteAccounts } from "../../../src/accounts/sqlite.ts"
import { createPool } from "../../databases/postgres-place.ts"
import { createPrismaClient } from "../../databases/prisma-client.ts"
import type { SqliteConnection } from "../../databases/sqlite-place.ts"
import type { DatabaseKind } from "../../databases/test-database.ts"

/** The writers of one process. */
export interface Writers {
  full: AccountWriter
  narrow: AccountWriter
  openLacking(): AccountWriter
  close(): Promise<void>
}

const postgresTables = {
  narrow: pg.pgTable("narrow_account", {
    provider: pg.text("provider").notNull(),
    providerAccountId: pg.text("providerAccountId").notNull(),
    access_token: pg.text("access_token"),
    refresh_token: pg.text("refresh_token"),
    // A mode in which the driver takes nothing but a bigint.
    expires_at: pg.bigint("expires_at", { mode: "bigint" }),
    id_token: pg.text("id_token"),
    ownNote: pg.text("note"),
  }),
  lacking: pg.pgTable("lacking_account", {
    provider: pg.text("provider").notNull(),
    providerAccountId: pg.text("providerAccountId").notNull(),
    access_token: pg.text("access_token"),
    refresh_token: pg.text("refresh_token"),
  }),
}

const sqliteTables = {
  narrow: sqlite.sqliteTable("narrow_account", {
    provider: sqlite.text("provider").notNull(),
    providerAccountId: sqlite.text("providerAccountId").notNull(),
    access_token: sqlite.text("access_token"),
    refresh_token: sqlite.text("refresh_token"),
    expires_at: sqlite.integer("expires_at"),
    id_token: sqlite.text("id_token"),
    ownNote: sqlite.text("note"),
  }),
  lacking: sqlite.sqliteTable("lacking_account", {
    provider: sqlite.text("provider").notNull(),
    providerAccountId: sqlite.text("providerAccountId").notNull(),
    access_token: sqlite.text("access_token"),
    refresh_token: sqlite.text("refresh_token"),
  }),
}

/** The kinds of database, and Drizzle over a driver that answers at once. */
export type WriterKind = DatabaseKind | "drizzle-sync"

export function connectSync(file: string): SqliteConnection {
  const db = drizzleSync(file)
  return {
    query: async (statement) => {
      const prepared = db.$client.prepare(statement)
      if (prepared.reader) return prepared.all()
      prepared.run()
      return []
    },
    execute: async (script) => void db.$client.exec(script),
    close: () => void db.$client.close(),
  }
}

export const openWriters: Record<WriterKind, (address: string) => Promise<Writers>> = {
  async "drizzle-sqlite"(file) {
    const client = createClient({ url: `file:${file}` })
    const db = drizzleLibsql(client)
    return {
      full: drizzleAccounts(db),
      narrow: drizzleAccounts(db, sqliteTables.narrow),
      openLacking: () => drizzleAccounts(db, sqliteTables.lacking),
      close: async () => client.close(),
    }
  },

  async "drizzle-sync"(file) {
    const db = drizzleSync(file)
    return {
      full: drizzleAccounts(db),
      narrow: drizzleAccounts(db, sqliteTables.narrow),
      openLacking: () => drizzleAccounts(db, sqliteTables.lacking),
      close: async () => void db.$client.close(),
    }
  },

  async "drizzle-postgres"(url) {
    const pool = createPool(url)
    const db = drizzlePostgres(pool)
    return {
      full: drizzleAccounts(db),
      narrow: drizzleAccounts(db, postgresTables.narrow),
      openLacking: () => drizzleAccounts(db, postgresTables.lacking),
      close: () => pool.end(),
    }
  },

  async prisma(url) {
    const pool = createPool(url)
    const prisma = await createPrismaClient(pool)
    return {
      full: prismaAccounts(prisma),
      // As applications use it that extend their client.
      narrow: prismaAccounts(prisma.$extends({ name: "extended" }), { model: "narrowAccount" }),
      openLacking: () => prismaAccounts(prisma, { model: "lackingAccount" }),
      async close() {
        await prisma.$disconnect()
        await pool.end()
      },
    }
  },

  async pg(url) {
    const pool = createPool(url)
    return {
      full: pgAccounts(pool),
      narrow: pgAccounts(pool, { table: "public.narrow_account" }),
      openLacking: () => pgAccounts(pool, { table: "lacking_account" }),
      close: () => pool.end(),
    }
  },

  async sqlite(file) {
    const database = new DatabaseSync(file, { timeout: 5000 })
    return {
      full: sqliteAccounts(database),
      narrow: sqliteAccounts(database, { table: "narrow_account" }),
      openLacking: () => sqliteAccounts(database, { table: "lacking_account" }),
      close: async () => database.close(),
    }
  },
}
