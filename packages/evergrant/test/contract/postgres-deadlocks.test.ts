/** Everything at once on few logins: nobody waits in a circle, and what has ended stays ended. */
import { afterAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import {
  clientId,
  guardOf,
  issuer,
  sampleEnd,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../src/testing/contracts/samples.ts"
import { createPool } from "../databases/postgres-place.ts"
import { createPostgresSchemas } from "../databases/postgres-schemas.ts"

const postgres = inject("postgres")
const rounds = 150

/** One call of many kinds; `n` picks it, and which of the few logins, sids and users it is about. */
function callOf(store: GrantStore, n: number): Promise<unknown> {
  const now = systemClock.now()
  const [a, b, c] = [n % 3, (n >> 2) % 3, (n >> 4) % 3]
  const loginId = `login ${a}`
  const grant = sampleGrant(now, { sid: `sid ${b}`, sub: `sub ${c}` })
  const linked = sampleGrant(now, { provider: "second", sid: `sid ${c}`, sub: `sub ${b}` })
  const guard = guardOf(grant, loginId)
  const outbox = [sampleEntry(now, { id: `${a}` }), sampleEntry(now, { id: `${b}` })]
  const calls = [
    () => store.createLogin(sampleLogin(now, { loginId, user: `user ${b}` }), `handle ${c}`, [grant, linked]),
    () => store.linkGrant({ loginId, grant: linked, handleHash: `handle ${b}`, oldHandleUntil: now + 60 }),
    () =>
      store.commitRefresh(guard, sampleRotation(now, { tokenHash: "token-1", sid: `sid ${c}` }), now + 60),
    () => store.endLogins(sampleEnd(now - 1, { issuer, clientId, sid: `sid ${c}` }, { outbox })),
    () => store.endLogins(sampleEnd(now - 1, { issuer, clientId, sub: `sub ${b}` }, { outbox })),
    () => store.endLogins(sampleEnd(now, { user: `user ${c}` }, { outbox, tombstoneUntil: now - 1 })),
    () => store.endLogins(sampleEnd(now, { loginId }, { outbox, tombstoneUntil: now - 1 })),
    () =>
      store.endGrant({ grant: guard.grant, reason: "signed_out", at: now, tombstoneUntil: now - 1, outbox }),
    () => store.writeData(`user ${b}`, a, "data"),
    () => store.claimOutbox(2, 0.01),
    () => store.sweep(),
  ]
  return calls[n % calls.length]?.() ?? Promise.resolve()
}

describe.skipIf(!postgres.available)("eight connections at once", () => {
  test("no call fails, and PostgreSQL has no circle to break", { timeout: 120_000 }, async () => {
    if (!postgres.available) return
    const schemas = await createPostgresSchemas(postgres.url)
    afterAll(schemas.remove, 60_000)
    await createPostgresSchema(schemas.pool)
    const pools = Array.from({ length: 8 }, () => createPool(schemas.url, { max: 1 }))
    const context = { namespace: "one", clock: systemClock }
    await Promise.all(
      pools.map(async (pool, i) => {
        const store = await postgresStore(pool, { timeout: 60 }).open(context)
        let n = i * 7919 + 1
        for (let round = 0; round < rounds; round++) {
          n = (n * 1_103_515_245 + 12_345) % 2_147_483_648
          await callOf(store, n >> 8)
        }
      }),
    )
    for (const pool of pools) await pool.end()
    const { rows } = await schemas.pool.query(
      "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
    )
    expect(rows).toEqual([{ deadlocks: 0 }])
    const store = await postgresStore(schemas.pool).open(context)
    const feed = await store.changesAfter(0, 100_000)
    expect(feed.map(({ cursor }) => cursor)).toEqual(feed.map((_, i) => i + 1))
    expect(feed.length).toBeGreaterThan(50)
    await store.close()
  })
})
