/**
 * Two writes at once, in each order. The first is carried out in a transaction that is left open, the second starts
 * meanwhile and has to wait for it: what it answers after the first was committed is what the order demands.
 */
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import type { GrantStore, RefreshGuard } from "../../src/store/grant-store.ts"
import type { LoginSelector } from "../../src/store/records.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import {
  bySid,
  bySub,
  clientId,
  guardOf,
  issuer,
  sampleEnd,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../src/testing/contracts/samples.ts"
import { createPostgresSchemas, openEmpty, type PostgresSchemas } from "../databases/postgres-schemas.ts"

const postgres = inject("postgres")
const now = systemClock.now()
const login = sampleLogin(now)
const grant = sampleGrant(now)
const guard = guardOf(grant)
const otherSid: LoginSelector = { issuer, clientId, sid: "other sid" }

/** Statuses and numbers, which is what the order of two writes decides. */
type Verdict = unknown

const create = (store: GrantStore): Promise<Verdict> => store.createLogin(login, "handle", [grant])
const commit = (store: GrantStore): Promise<Verdict> =>
  store.commitRefresh(guard, sampleRotation(now), now + 60)
const move = (store: GrantStore): Promise<Verdict> =>
  store.commitRefresh(guard, sampleRotation(now, { sid: "other sid" }), now + 60)
const link = (store: GrantStore): Promise<Verdict> => {
  const linked = sampleGrant(now, { provider: "second", sid: "other sid", sub: "other sub" })
  return store.linkGrant({ loginId: "login", grant: linked, handleHash: "next", oldHandleUntil: now + 60 })
}
const end =
  (by: LoginSelector) =>
  async (store: GrantStore): Promise<Verdict> =>
    (await store.endLogins(sampleEnd(now, by))).length
const endGrant =
  (held?: RefreshGuard) =>
  (store: GrantStore): Promise<Verdict> =>
    store.endGrant({
      grant: guard.grant,
      reason: "grant_revoked",
      at: now,
      tombstoneUntil: now + 60,
      ...(held ? { held } : {}),
    })

interface Race {
  name: string
  /** Whether the login is there before the two. */
  signedIn: boolean
  first: (store: GrantStore) => Promise<Verdict>
  second: (store: GrantStore) => Promise<Verdict>
  verdicts: [first: Verdict, second: Verdict]
  /** Status of the login after both. */
  status: "live" | "ended" | undefined
}

const ends: [string, LoginSelector][] = [
  ["its id", { loginId: "login" }],
  ["its sid", bySid],
  ["its sub", bySub],
]

const races: Race[] = [
  ...ends.flatMap(([name, by]): Race[] => [
    {
      name: `C3 a login that is created while ${name} ends is not created`,
      signedIn: false,
      first: end(by),
      second: create,
      verdicts: [0, "ended"],
      status: undefined,
    },
    {
      name: `C3 the end of ${name} reaches a login that is being created`,
      signedIn: false,
      first: create,
      second: end(by),
      verdicts: ["stored", 1],
      status: "ended",
    },
    {
      name: `a refresh is not kept while ${name} ends`,
      signedIn: true,
      first: end(by),
      second: commit,
      verdicts: [1, "ended"],
      status: "ended",
    },
    {
      name: `the end of ${name} follows a refresh that is being kept`,
      signedIn: true,
      first: commit,
      second: end(by),
      verdicts: ["stored", 1],
      status: "ended",
    },
    {
      name: `the end of ${name} meets another end of the same login`,
      signedIn: true,
      first: end({ user: "user" }),
      second: end(by),
      verdicts: [1, 0],
      status: "ended",
    },
  ]),
  {
    name: "a grant does not move to a sid that is ending",
    signedIn: true,
    first: end(otherSid),
    second: move,
    verdicts: [0, "ended"],
    status: "live",
  },
  {
    name: "the end of a sid reaches a grant that is moving to it",
    signedIn: true,
    first: move,
    second: end(otherSid),
    verdicts: ["stored", 1],
    status: "ended",
  },
  {
    name: "the end of a sid leaves a grant that has moved away from it",
    signedIn: true,
    first: move,
    second: end(bySid),
    verdicts: ["stored", 0],
    status: "live",
  },
  {
    name: "an account is not linked while its sid ends",
    signedIn: true,
    first: end(otherSid),
    second: link,
    verdicts: [0, "ended"],
    status: "live",
  },
  {
    name: "the end of a sid reaches an account that is being linked",
    signedIn: true,
    first: link,
    second: end(otherSid),
    verdicts: ["stored", 1],
    status: "ended",
  },
  {
    name: "an account is not linked to a login that is ending",
    signedIn: true,
    first: end({ user: "user" }),
    second: link,
    verdicts: [1, "ended"],
    status: "ended",
  },
  {
    name: "a verdict on a token does not end the grant that is being rotated",
    signedIn: true,
    first: commit,
    second: endGrant(guard),
    verdicts: ["stored", "conflict"],
    status: "live",
  },
  {
    name: "a refresh is not kept while its grant ends",
    signedIn: true,
    first: endGrant(),
    second: commit,
    verdicts: ["login_ended", "ended"],
    status: "ended",
  },
  {
    name: "of two refreshes of one generation the second is refused",
    signedIn: true,
    first: commit,
    second: move,
    verdicts: ["stored", "conflict"],
    status: "live",
  },
  {
    name: "of two logins with one id and one handle the second is refused",
    signedIn: false,
    first: create,
    second: create,
    verdicts: ["stored", "conflict"],
    status: "live",
  },
]

describe.skipIf(!postgres.available)("two writes at once", () => {
  let schemas: PostgresSchemas
  beforeAll(async () => {
    if (postgres.available) schemas = await createPostgresSchemas(postgres.url)
    await createPostgresSchema(schemas.pool)
  })
  afterAll(() => schemas.remove(), 60_000)

  /** A pool of one connection, whose calls are all part of one open transaction. */
  async function openTransaction() {
    const client = new Client({ connectionString: schemas.url })
    await client.connect()
    await client.query("BEGIN")
    const lent = Object.assign(client, { release: () => undefined })
    return {
      pool: { connect: async () => lent },
      async commit() {
        await client.query("COMMIT")
        await client.end()
      },
    }
  }

  /** Resolves when a connection of this database waits for another. */
  async function someoneWaits(): Promise<"waits"> {
    for (;;) {
      const { rows } = await schemas.pool.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      if (rows[0]?.waiting > 0) return "waits"
    }
  }

  for (const { name, signedIn, first, second, verdicts, status } of races) {
    test(name, async () => {
      const open = openEmpty(postgresStore(schemas.pool))
      const context = { namespace: "one", clock: systemClock }
      const store = await open(context)
      if (signedIn) await create(store)
      const transaction = await openTransaction()
      // The same place, through the connection whose transaction is open.
      const early = await openEmpty(postgresStore(transaction.pool), open.place)(context)
      const firstVerdict = await first(early)
      const answer = second(store)
      expect(await Promise.race([someoneWaits(), answer])).toBe("waits")
      await transaction.commit()
      expect([firstVerdict, await answer]).toEqual(verdicts)
      const read = (await store.readLogin("handle")) ?? (await store.readLogin("next"))
      expect(read?.status).toBe(status)
      expect(await store.listLogins({ user: "user" })).toHaveLength(status === "live" ? 1 : 0)
      await store.close()
    })
  }

  test("A23 a sweep leaves a login whose life is being extended", async () => {
    const open = openEmpty(postgresStore(schemas.pool))
    let time = now
    const store = await open({ namespace: "one", clock: { now: () => time } })
    await create(store)
    time = now + 3599
    const transaction = await openTransaction()
    const early = await openEmpty(
      postgresStore(transaction.pool),
      open.place,
    )({
      namespace: "one",
      clock: { now: () => now + 3599 },
    })
    expect(await early.extendLogin("login", now + 7200)).toBe("stored")
    time = now + 3600
    await store.sweep()
    await transaction.commit()
    await store.sweep()
    expect((await store.readLogin("handle"))?.status).toBe("live")
    await store.close()
  })
})
