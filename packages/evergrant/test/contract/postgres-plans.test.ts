/** What is asked at every request must not read a whole table, however many are signed in. */
import { afterAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import {
  guardOf,
  sampleEnd,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../src/testing/contracts/samples.ts"
import { createPool } from "../databases/postgres-place.ts"
import { createPostgresSchemas } from "../databases/postgres-schemas.ts"

const postgres = inject("postgres")
const now = systemClock.now()

/** Many logins, spent tokens and changes of one namespace; what the planner knows of them is up to date. */
const crowd = `
  SET search_path = evergrant;
  INSERT INTO logins SELECT 'one', 'login ' || n, 'user ' || n, n, ${now + 3600}, 1, 1, 'sealed' FROM generate_series(1, 5000) n;
  INSERT INTO handles SELECT 'one', 'handle ' || n, 'login ' || n, NULL FROM generate_series(1, 5000) n;
  INSERT INTO grants (namespace, login_id, provider, provider_account_id, issuer, client_id, sid, sub, generation,
      token_hash, first_issued_at, received_at, expires_at, sealed_tokens, sealed_claims)
    SELECT 'one', 'login ' || n, 'oidc', 'account ' || n, 'https://issuer.example', 'client', 'sid ' || n, 'sub ' || n, 1,
      'hash ' || n, n, n, n, 'sealed', 'sealed' FROM generate_series(1, 5000) n;
  INSERT INTO spent_tokens SELECT 'one', 'spent ' || n, 'login ' || n, 'oidc', 'a', 1, ${now + 3600} FROM generate_series(1, 5000) n;
  INSERT INTO tombstones SELECT 'one', 'sid', 'ended ' || n, 'https://issuer.example', 'client', 'signed_out', n, ${now + 3600}
    FROM generate_series(1, 5000) n;
  INSERT INTO data SELECT 'one', 'user ' || n, 1, 'sealed' FROM generate_series(1, 5000) n;
  INSERT INTO outbox SELECT 'one', 'entry ' || n, 'revoke', 'sealed', ${now + 60} + n, ${now + 90_000}, 0 FROM generate_series(1, 5000) n;
  INSERT INTO changes SELECT 'one', n, 'data.updated', NULL, 'user ' || n, NULL, ${now} FROM generate_series(1, 5000) n;
  INSERT INTO feeds VALUES ('one', 5000);
  ANALYZE`

describe.skipIf(!postgres.available)("on a server", () => {
  test("no statement about one login reads a table of all, inside the functions either", async () => {
    if (!postgres.available) return
    const schemas = await createPostgresSchemas(postgres.url)
    afterAll(schemas.remove, 60_000)
    await createPostgresSchema(schemas.pool)
    await schemas.pool.query(crowd)
    const plans: string[] = []
    const pool = createPool(schemas.url, { max: 1 })
    pool.on("connect", (client) => {
      client.on("notice", ({ message }) => plans.push(message ?? ""))
    })
    const explaining = await pool.connect()
    await explaining.query(`LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;
      SET auto_explain.log_nested_statements = on; SET auto_explain.log_level = notice`)
    explaining.release()

    const store = await postgresStore(pool).open({ namespace: "one", clock: systemClock })
    const grant = sampleGrant(now, { sid: "session" })
    const { issuer, clientId, sub } = grant
    const selectors = [
      { loginId: "login" },
      { user: "user" },
      { issuer, clientId, sub },
      { issuer, clientId, sid: "session" },
    ]
    await store.createLogin(sampleLogin(now), "handle", [grant])
    expect((await store.readLogin("handle"))?.status).toBe("live")
    for (const by of selectors) expect(await store.listLogins(by)).toHaveLength(1)
    await store.linkGrant({ loginId: "login", grant, handleHash: "next", oldHandleUntil: now + 60 })
    const guard = guardOf(grant)
    await store.beginRefresh(guard, { owner: "owner", at: now })
    expect(await store.commitRefresh(guard, sampleRotation(now), now + 60)).toBe("stored")
    await store.findSpentToken(guard.tokenHash)
    await store.writeData("user", 0, "data")
    await store.extendLogin("login", now + 7200)
    await store.enqueue(sampleEntry(now))
    expect(await store.claimOutbox(1, 60)).toHaveLength(1)
    await store.changesAfter(await store.latestChange(), 10)
    for (const by of selectors) await store.endLogins(sampleEnd(now, by))
    await store.sweep()
    await store.close()
    await pool.end()

    expect(plans.filter((plan) => plan.includes("Index Scan")).length).toBeGreaterThan(20)
    const reading = plans.filter((plan) =>
      /Seq Scan on (logins|handles|grants|tombstones|spent_tokens|data|outbox|changes)\b/.test(plan),
    )
    expect(reading).toEqual([])
  })
})
