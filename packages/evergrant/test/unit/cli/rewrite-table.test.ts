import { DatabaseSync } from "node:sqlite"
import { beforeEach, describe, expect, test } from "vitest"
import type { ListingAccountWriter } from "../../../src/accounts/account-writer.ts"
import { openColumns } from "../../../src/accounts/sealed-columns.ts"
import { sqliteAccounts } from "../../../src/accounts/sqlite.ts"
import {
  type RewriteOptions,
  rewriteTable,
  type Tally,
} from "../../../src/cli/seal-accounts/rewrite-table.ts"
import { createSealer } from "../../../src/store/seal.ts"

const sealer = createSealer(["a secret of the tests, long enough"], "default", (length) =>
  crypto.getRandomValues(new Uint8Array(length)),
)
const key = { provider: "keycloak", providerAccountId: "alice" }

let database: DatabaseSync
let writer: ListingAccountWriter

beforeEach(() => {
  database = new DatabaseSync(":memory:")
  database.exec(`
    CREATE TABLE account (provider TEXT, providerAccountId TEXT, access_token TEXT, refresh_token TEXT,
      expires_at INTEGER);
    INSERT INTO account VALUES ('keycloak', 'alice', 'access 1', 'refresh 1', 5)`)
  writer = sqliteAccounts(database)
})

function rewrite(subject: ListingAccountWriter, options: Partial<RewriteOptions> = {}): Promise<Tally> {
  return rewriteTable(subject, {
    newest: sealer,
    all: sealer,
    unseal: false,
    dryRun: false,
    signal: new AbortController().signal,
    onRows: () => undefined,
    onUnreadable: () => undefined,
    ...options,
  })
}

/** A writer whose row is changed by somebody else just before each of the first `times` updates. */
function disturbed(times: number, sql: string): ListingAccountWriter {
  let left = times
  return {
    ...writer,
    update(...call) {
      if (left-- > 0) database.exec(sql)
      return writer.update(...call)
    },
  }
}

describe("rewriteTable", () => {
  test("seals what a refresh wrote between reading and writing", async () => {
    const refresh =
      "UPDATE account SET access_token = access_token || '+', refresh_token = refresh_token || '+'"
    expect(await rewrite(disturbed(2, refresh))).toMatchObject({ written: 1, changed: 0 })
    const row = await writer.find(key)
    expect(row?.access_token).toMatch(/^eg1\./)
    expect(row && (await openColumns(sealer, row)).refresh_token).toBe("refresh 1++")
  })

  test("leaves a row that changes each time to the next run", async () => {
    const refresh = "UPDATE account SET access_token = access_token || '+'"
    expect(await rewrite(disturbed(9, refresh))).toMatchObject({ written: 0, changed: 1 })
    expect((await writer.find(key))?.access_token).toBe("access 1+++")
  })

  test("counts a row that is gone as changed", async () => {
    expect(await rewrite(disturbed(1, "DELETE FROM account"))).toMatchObject({ written: 0, changed: 1 })
  })

  test("stops before the next row when it is asked to", async () => {
    database.exec("INSERT INTO account VALUES ('keycloak', 'bob', 'access 2', 'refresh 2', 5)")
    const stop = new AbortController()
    const stopping: ListingAccountWriter = {
      ...writer,
      update(...call) {
        stop.abort()
        return writer.update(...call)
      },
    }
    expect(await rewrite(stopping, { signal: stop.signal })).toMatchObject({ written: 1 })
    expect((await writer.find({ ...key, providerAccountId: "bob" }))?.access_token).toBe("access 2")
  })

  test("an empty table is no row and no work", async () => {
    database.exec("DELETE FROM account")
    expect(await rewrite(writer)).toEqual({ written: 0, unchanged: 0, empty: 0, unreadable: 0, changed: 0 })
  })
})
