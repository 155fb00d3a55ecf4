import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { sqliteAccounts } from "../../../src/accounts/sqlite.ts"
import { accountsOf } from "../../../src/authjs/account-options.ts"
import { toAccountTable } from "../../../src/authjs/account-table.ts"
import { checkOptions, type EvergrantAuthConfig } from "../../../src/authjs/options.ts"
import { createEvergrant } from "../../../src/evergrant.ts"
import { memoryStore } from "../../../src/stores/memory.ts"

const store = memoryStore({ name: "account options" })
const writer = sqliteAccounts(new DatabaseSync(":memory:"))
const sessions = {
  createSession: () => {},
  getSessionAndUser: () => {},
  updateSession: () => {},
  deleteSession: () => {},
}

/** A config as plain JavaScript may hand it over. */
function config(evergrant: object, rest: object = {}): EvergrantAuthConfig {
  return Object.assign({ providers: [] }, { evergrant: { store, ...evergrant } }, rest) as EvergrantAuthConfig
}

describe("options about sessions and accounts", () => {
  it.each<[string, object, object]>([
    ["an adapter with sessions, and nothing said", {}, { adapter: sessions }],
    ["the jwt strategy with an adapter that keeps none", {}, { adapter: {}, session: { strategy: "jwt" } }],
    ["a writer alone", { accounts: writer }, {}],
    ["an object of the application's own", { accounts: { update: async () => "stored" } }, {}],
    ["everything", { accounts: { writer, sealed: true, source: "row", linking: "on_request" } }, {}],
    ["no writer, about linking alone", { accounts: { linking: "on_request" } }, {}],
  ])("accepts %s", (_name, options, rest) => {
    expect(() => checkOptions(config(options, rest))).not.toThrow()
  })

  it.each<[string, object, object, string, string]>([
    [
      "the database strategy without an adapter",
      {},
      { session: { strategy: "database" } },
      'session.strategy is "database" and there is no adapter',
      'set session: { strategy: "jwt" }',
    ],
    [
      "an adapter without sessions, which implies the database strategy",
      {},
      { adapter: { getUser: () => {}, createSession: () => {} } },
      "lacks getSessionAndUser, updateSession, deleteSession",
      'set session: { strategy: "jwt" }',
    ],
    [
      "the database strategy without a store",
      { store: undefined },
      { adapter: sessions },
      "evergrant.store must be a store",
      "sqliteStore",
    ],
    [
      "two writers in a list",
      { accounts: [writer, writer] },
      {},
      "must be one writer",
      "drizzleAccounts(db)",
    ],
    [
      "a misspelled option",
      { accounts: { writer, seal: true } },
      {},
      "evergrant.accounts.seal is not an option",
      "sealed",
    ],
    [
      "a writer that cannot write",
      { accounts: { writer: {} } },
      {},
      "must have a function update",
      "key, patch, expected",
    ],
    ["an unknown source", { accounts: { writer, source: "cookie" } }, {}, "source must be", '"row"'],
    [
      "the row as the source without a writer",
      { accounts: { source: "row" } },
      {},
      "there is no writer",
      "drizzleAccounts(db)",
    ],
    ["an unknown way of linking", { accounts: { linking: "never" } }, {}, "linking must be", '"on_request"'],
  ])("refuses %s, naming it and the remedy", (_name, options, rest, names, remedy) => {
    const check = () => checkOptions(config(options, rest))
    expect(check).toThrow(expect.objectContaining({ code: "option_invalid", remedy: "reconfigure" }))
    expect(check).toThrow(names)
    expect(check).toThrow(remedy)
  })

  it("refuses an own object that can neither find rows nor ask the adapter for them", () => {
    const accounts = accountsOf({ accounts: { update: async () => "stored" as const } })
    expect(() => toAccountTable(accounts, undefined)).toThrow("add find(key), which reads one row")
    expect(() => toAccountTable(accounts, { getAccount: async () => null })).not.toThrow()
  })
})

describe("two applications", () => {
  const secrets = ["correct-horse-battery-staple-0123456789"]
  const open = (namespace: string, database: DatabaseSync) =>
    createEvergrant({
      store,
      namespace,
      secrets,
      providers: () => undefined,
      accounts: { writer: sqliteAccounts(database) },
    })

  it("cannot follow their own grants in one table, until one has closed", async () => {
    const database = new DatabaseSync(":memory:")
    const first = open("shop", database)
    open("shop", database)
    expect(() => open("admin", database)).toThrow("Two writers for one table")
    expect(() => open("admin", database)).toThrow("each a table of its own")
    await first.close()
    expect(() => open("admin", database)).not.toThrow()
  })

  it("can each have a table of their own", () => {
    open("one", new DatabaseSync(":memory:"))
    expect(() => open("two", new DatabaseSync(":memory:"))).not.toThrow()
  })
})

describe("a table without the needed columns", () => {
  it("is refused at the first thing that is asked, with what is missing", async () => {
    const database = new DatabaseSync(":memory:")
    database.exec("CREATE TABLE account (provider TEXT, providerAccountId TEXT, access_token TEXT)")
    const evergrant = createEvergrant({
      store,
      namespace: "columns",
      secrets: ["correct-horse-battery-staple-0123456789"],
      providers: () => undefined,
      accounts: { writer: sqliteAccounts(database) },
    })
    await expect(evergrant.ping()).rejects.toMatchObject({ code: "option_invalid" })
    await expect(evergrant.ping()).rejects.toThrow(/lacks the columns refresh_token, expires_at/)
    database.exec("ALTER TABLE account ADD refresh_token TEXT; ALTER TABLE account ADD expires_at INTEGER")
    await expect(evergrant.ping()).resolves.toBeUndefined()
  })
})
