/** What is asked at every request must not read a whole namespace, however many are signed in. */
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, test, vi } from "vitest"
import { systemClock } from "../../src/clock.ts"
import { sqliteSchema, sqliteStore } from "../../src/stores/sqlite.ts"
import {
  guardOf,
  sampleEnd,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../src/testing/contracts/samples.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

/** Statements of a store in use, as they are prepared. */
async function preparedStatements(): Promise<string[]> {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare")
  const store = await sqliteStore(`${folder.path}/plans.db`).open({ namespace: "one", clock: systemClock })
  const now = systemClock.now()
  const login = sampleLogin(now)
  const grant = sampleGrant(now, { sid: "session" })
  const { issuer, clientId, sub } = grant
  await store.createLogin(login, "handle", [grant])
  await store.readLogin("handle")
  for (const by of [
    { loginId: login.loginId },
    { user: login.user },
    { issuer, clientId, sub },
    { issuer, clientId, sid: "session" },
  ]) {
    expect(await store.listLogins(by)).toHaveLength(1)
  }
  await store.linkGrant({ loginId: login.loginId, grant, handleHash: "next", oldHandleUntil: now + 60 })
  const guard = guardOf({ ...sampleGrant(now), ...grant })
  await store.beginRefresh(guard, { owner: "owner", at: now })
  await store.commitRefresh(guard, sampleRotation(now, {}), now + 60)
  await store.findSpentToken(guard.tokenHash)
  await store.endLogins(sampleEnd(now, { issuer, clientId, sub }))
  await store.close()
  const statements = prepare.mock.calls.map(([sql]) => sql)
  prepare.mockRestore()
  return statements.filter(
    (sql) => /^(SELECT|UPDATE|DELETE)/.test(sql) && /\blogins|handles|grants|spent_tokens/.test(sql),
  )
}

test("no statement about one login reads all logins of the namespace", async () => {
  const statements = await preparedStatements()
  expect(statements.length).toBeGreaterThan(10)
  // No statistics, as in a store that nobody has analysed.
  const database = new DatabaseSync(":memory:")
  database.exec(sqliteSchema)
  const plans = statements.map((sql) => ({
    sql,
    steps: database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  }))
  database.close()
  // `ping` asks for any one row.
  const reading = plans.filter(
    ({ sql, steps }) =>
      !sql.endsWith("LIMIT 1") && steps.some((step) => /SCAN|\(namespace=\?\)|[<>]\?/.test(step)),
  )
  expect(reading).toEqual([])
})
