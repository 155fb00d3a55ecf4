/** The columns of `@auth/drizzle-adapter`'s default table that a writer reads or writes. */
import type { Table } from "drizzle-orm"
import { pgTable, integer as postgresInteger, text as postgresText } from "drizzle-orm/pg-core"
import { integer as sqliteInteger, sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core"

export const defaultPostgresTable: Table = pgTable("account", {
  provider: postgresText("provider").notNull(),
  providerAccountId: postgresText("providerAccountId").notNull(),
  refresh_token: postgresText("refresh_token"),
  access_token: postgresText("access_token"),
  expires_at: postgresInteger("expires_at"),
  scope: postgresText("scope"),
  id_token: postgresText("id_token"),
  session_state: postgresText("session_state"),
})

export const defaultSqliteTable: Table = sqliteTable("account", {
  provider: sqliteText("provider").notNull(),
  providerAccountId: sqliteText("providerAccountId").notNull(),
  refresh_token: sqliteText("refresh_token"),
  access_token: sqliteText("access_token"),
  expires_at: sqliteInteger("expires_at"),
  scope: sqliteText("scope"),
  id_token: sqliteText("id_token"),
  session_state: sqliteText("session_state"),
})
