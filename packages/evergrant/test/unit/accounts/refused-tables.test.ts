/** What the writers refuse as soon as they are made, and how they name their table. */
import { DatabaseSync } from "node:sqlite"
import { mysqlTable, text as mysqlText } from "drizzle-orm/mysql-core"
import { drizzle as drizzleMysql } from "drizzle-orm/mysql-proxy"
import { pgTable, text as pgText } from "drizzle-orm/pg-core"
import { drizzle as drizzlePostgres } from "drizzle-orm/pg-proxy"
import { sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core"
import { drizzle as drizzleSqlite } from "drizzle-orm/sqlite-proxy"
import { Pool } from "pg"
import { describe, expect, test } from "vitest"
import { drizzleAccounts } from "../../../src/accounts/drizzle.ts"
import { pgAccounts } from "../../../src/accounts/pg.ts"
import { prismaAccounts } from "../../../src/accounts/prisma.ts"
import { sqliteAccounts } from "../../../src/accounts/sqlite.ts"

const nothing = async (): Promise<{ rows: unknown[] }> => ({ rows: [] })
const postgres = drizzlePostgres(nothing)
const sqlite = drizzleSqlite(nothing)

/** One sentence that names what is wrong. */
function refusal(...parts: (string | RegExp)[]): object {
  return expect.objectContaining({
    code: "option_invalid",
    message: expect.toSatisfy(
      (message: string) => !message.includes("\n") && parts.every((part) => new RegExp(part).test(message)),
    ),
  })
}

describe("drizzleAccounts", () => {
  test("refuses what is no Drizzle database, and one of another dialect", () => {
    expect(() => drizzleAccounts(drizzleMysql(nothing))).toThrow(refusal("SQLite or PostgreSQL"))
    expect(() => drizzleAccounts(new Pool())).toThrow(refusal("SQLite or PostgreSQL"))
    expect(() => drizzleAccounts({})).toThrow(refusal("SQLite or PostgreSQL"))
  })

  test("refuses a table of another dialect than the database's", () => {
    const table = pgTable("account", { provider: pgText("provider") })
    expect(() => drizzleAccounts(sqlite, table)).toThrow(refusal("same dialect", "sqlite"))
    const other = mysqlTable("account", { provider: mysqlText("provider") })
    expect(() => drizzleAccounts(postgres, other)).toThrow(refusal("same dialect", "postgres"))
  })

  test("names all needed columns that the table lacks, as the application's code spells them", () => {
    const table = sqliteTable("linked", {
      provider: sqliteText("provider"),
      providerAccountId: sqliteText("provider_account_id"),
      accessToken: sqliteText("access_token"),
      refresh_token: sqliteText("refresh_token"),
    })
    expect(() => drizzleAccounts(sqlite, table)).toThrow(
      refusal('"linked"', "access_token, expires_at", "add"),
    )
  })

  test("takes columns whose names in the database are others", () => {
    const table = pgTable("linked", {
      provider: pgText("p"),
      providerAccountId: pgText("a"),
      access_token: pgText("at"),
      refresh_token: pgText("rt"),
      expires_at: pgText("ea"),
    })
    expect(drizzleAccounts(postgres, table).table).toBe('drizzle postgres "linked"')
  })
})

describe("prismaAccounts", () => {
  const model = { findFirst: async () => null, updateMany: async () => ({ count: 0 }) }

  test("refuses a client without the model, and what is no client", () => {
    expect(() => prismaAccounts({ user: model })).toThrow(refusal('"account"', "option model"))
    expect(() => prismaAccounts({ account: {} })).toThrow(refusal('"account"'))
    expect(() => prismaAccounts({ account: model }, { model: "link" })).toThrow(refusal('"link"'))
  })

  test("names the needed fields that the model lacks", () => {
    const fields = { provider: {}, providerAccountId: {}, access_token: {} }
    expect(() => prismaAccounts({ account: { ...model, fields } })).toThrow(
      refusal('"account"', "refresh_token, expires_at"),
    )
  })

  test("takes a model without descriptions for Auth.js's", async () => {
    const writer = prismaAccounts({ account: model })
    await writer.check()
    expect(await writer.find({ provider: "p", providerAccountId: "a" })).toBeUndefined()
  })
})

describe("sqliteAccounts and pgAccounts", () => {
  test("check names a table that is not there, or its missing columns", async () => {
    const database = new DatabaseSync(":memory:")
    await expect(sqliteAccounts(database).check()).rejects.toEqual(
      refusal('no table "account"', "option table"),
    )
    database.exec('CREATE TABLE "a""b" (provider TEXT, providerAccountId TEXT)')
    const writer = sqliteAccounts(database, { table: 'a"b' })
    await expect(writer.check()).rejects.toEqual(refusal("access_token, refresh_token, expires_at"))
    database.exec('ALTER TABLE "a""b" ADD access_token; ALTER TABLE "a""b" ADD refresh_token')
    database.exec('ALTER TABLE "a""b" ADD expires_at')
    await writer.check()
  })

  test("the name of the table says where it is, and no secret", () => {
    const url = "postgres://user:hidden@db.example:6432/app"
    expect(pgAccounts(new Pool({ connectionString: url })).table).toBe(
      'postgres db.example:6432/app "accounts"',
    )
    const pool = new Pool({ host: "db.example", database: "app", user: "user", password: "hidden" })
    expect(pgAccounts(pool, { table: "auth.accounts" }).table).toBe(
      'postgres db.example:5432/app "auth.accounts"',
    )
    expect(sqliteAccounts(new DatabaseSync(":memory:")).table).toBe('sqlite :memory: "account"')
  })
})
