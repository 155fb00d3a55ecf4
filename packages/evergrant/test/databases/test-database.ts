/** A database with Auth.js's tables, as a suite sees it, whatever it is: the same scenarios run against each. */
import type { Adapter } from "@auth/core/adapters"
import type { AccountWriter } from "../../src/accounts/account-writer.ts"

export type DatabaseKind = "drizzle-sqlite" | "drizzle-postgres" | "prisma" | "pg" | "sqlite"

/** What an application has of its database. Another process opens the same by kind and address. */
export interface OpenDatabase {
  /** The stock adapter of Auth.js, with nothing of Evergrant in it. */
  readonly adapter: Adapter
  readonly writer: AccountWriter
  close(): Promise<void>
}

/** Where the data is, looked at behind the back of adapter and writer. */
export interface DatabasePlace {
  /** Path of the file, or URL. */
  readonly address: string
  /** Runs one statement. */
  query(sql: string): Promise<Record<string, unknown>[]>
  /** Names of the tables. */
  tables(): Promise<string[]>
  /** While it is down, every statement of everybody fails, {@link query} included. */
  setDown(down: boolean): Promise<void>
  /** Removes the file, or drops the database. */
  remove(): Promise<void>
}

export interface TestDatabase extends OpenDatabase {
  readonly kind: DatabaseKind
  /** Path of the file, or URL, with which `openDatabase` opens the same once more, in any process. */
  readonly address: string
  /** The rows of the account table with all their columns, the application's own `note` included. */
  accounts(): Promise<Record<string, unknown>[]>
  sessions(): Promise<{ sessionToken: string; userId: string; expires: Date }[]>
  /** Runs one statement behind the back of adapter and writer. */
  query(sql: string): Promise<Record<string, unknown>[]>
  /** Makes the database refuse every statement, or lets it work again. While it is down nothing here can be read. */
  setDown(down: boolean): Promise<void>
  /** Everything in the database as text. */
  dump(): Promise<string>
  /** Closes and removes it. */
  close(): Promise<void>
}
