/** Any sequence of calls has the same answers from the memory store and from every other store. */
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import fc from "fast-check"
import { Redis } from "ioredis"
import { afterAll, expect, inject, test } from "vitest"
import type { GrantStore, RefreshGuard, StoreDriver } from "../../src/store/grant-store.ts"
import type { LoginSelector } from "../../src/store/records.ts"
import { memoryStore } from "../../src/stores/memory.ts"
import { createPostgresSchema, postgresStore } from "../../src/stores/postgres.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import {
  clientId,
  guardOf,
  issuer,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../src/testing/contracts/samples.ts"
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts"
import { createPostgresSchemas, openEmpty } from "../databases/postgres-schemas.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import { countPostgres, countRedis, countSqlite } from "./counting-remains.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

/** A fresh, empty place. */
interface Subject {
  driver: StoreDriver
  /** What is kept there, without data, the newest change and what the place itself needs. */
  remains(): Promise<Record<string, number>>
}

/** Each call of an entry is another place. */
const subjects: Record<string, () => Subject> = {
  sqliteStore() {
    const file = join(folder.path, `${randomUUID()}.db`)
    return { driver: sqliteStore(file), remains: async () => countSqlite(file) }
  },
}

const redis = inject("redis")
if (redis.available) {
  const { url } = redis
  const keys = redisKeys(url)
  const reader = new Redis(url)
  afterAll(keys.remove)
  afterAll(() => reader.disconnect())
  subjects.redisStore = () => {
    const prefix = keys.prefix()
    return { driver: redisStore(url, { prefix }), remains: () => countRedis(reader, `{${prefix}:one}:`) }
  }
}

const postgres = inject("postgres")
if (postgres.available) {
  const schemas = await createPostgresSchemas(postgres.url)
  await createPostgresSchema(schemas.pool)
  afterAll(schemas.remove, 60_000)
  subjects.postgresStore = () => {
    const driver = postgresStore(schemas.pool)
    const open = openEmpty(driver)
    return { driver: { ...driver, open }, remains: () => countPostgres(schemas.pool, `${open.place} one`) }
  }
}

/** One call, on any store: the memory store is the model that the guards are read from. */
type Call = (store: GrantStore, context: { model: GrantStore; clock: ManualClock }) => Promise<unknown>

const few = <T>(...values: [T, ...T[]]): fc.Arbitrary<T> => fc.constantFrom(...values)
const loginIds = few("login-1", "login-2", "login-3")
const handles = few("handle-1", "handle-2", "handle-3", "handle-4")
const users = few("user-1", "user-2")
const providers = few("first", "second")
const tokens = few("token-1", "token-2", "token-3", "token-4")
const owners = few("owner-1", "owner-2")
const small = fc.integer({ min: 0, max: 3 })
/** Seconds from now, before and after. */
const offsets = few(-30, -1, 0, 1, 10, 60, 3600)
const reasons = few("signed_out" as const, "provider_session_ended" as const, "grant_revoked" as const)
const sids = few("sid-1", "sid-2")
const subs = few("sub-1", "sub-2")

const selectors: fc.Arbitrary<LoginSelector> = fc.oneof(
  loginIds.map((loginId) => ({ loginId })),
  users.map((user) => ({ user })),
  sids.map((sid) => ({ issuer, clientId, sid })),
  subs.map((sub) => ({ issuer, clientId, sub })),
)

const grantFields = fc.record({
  provider: providers,
  sid: fc.option(sids),
  sub: subs,
  tokenHash: tokens,
  generation: fc.integer({ min: 1, max: 3 }),
  issued: offsets,
})
type GrantFields = typeof grantFields extends fc.Arbitrary<infer T> ? T : never

function grantAt(clock: ManualClock, { issued, ...fields }: GrantFields): ReturnType<typeof sampleGrant> {
  return sampleGrant(clock.now(), { ...fields, firstIssuedAt: clock.now() + issued })
}

const guards = fc.record({
  loginId: loginIds,
  provider: providers,
  isCurrent: few(true, true, true, false),
  generation: small,
  tokenHash: tokens,
})
type Guard = typeof guards extends fc.Arbitrary<infer T> ? T : never

/** Mostly the guard that fits now, as the model knows it; else one that was made up. */
async function guardIn(model: GrantStore, { isCurrent, ...madeUp }: Guard): Promise<RefreshGuard> {
  const [login] = await model.listLogins({ loginId: madeUp.loginId })
  const grant = login?.grants.find((each) => each.provider === madeUp.provider)
  if (isCurrent && grant) return guardOf(grant, madeUp.loginId)
  return guardOf({ ...sampleGrant(0), ...madeUp }, madeUp.loginId)
}

const loginCalls: fc.Arbitrary<Call>[] = [
  fc
    .record({
      loginId: loginIds,
      user: users,
      handle: handles,
      life: offsets,
      grants: fc.array(grantFields, { maxLength: 2 }),
    })
    .map(
      ({ loginId, user, handle, life, grants }): Call =>
        (store, { clock }) => {
          const login = sampleLogin(clock.now(), { loginId, user, expiresAt: clock.now() + life + 60 })
          return store.createLogin(
            login,
            handle,
            grants.map((grant) => grantAt(clock, grant)),
          )
        },
    ),
  fc.record({ loginId: loginIds, handleHash: handles, grant: grantFields, old: offsets }).map(
    ({ loginId, handleHash, grant, old }): Call =>
      (store, { clock }) =>
        store.linkGrant({
          loginId,
          handleHash,
          grant: grantAt(clock, grant),
          oldHandleUntil: clock.now() + old,
        }),
  ),
  fc.record({ loginId: loginIds, revision: small, sealedLogin: tokens }).map(
    (update): Call =>
      (store) =>
        store.updateLogin(update),
  ),
  fc.tuple(loginIds, offsets).map(
    ([id, offset]): Call =>
      (store, { clock }) =>
        store.extendLogin(id, clock.now() + offset),
  ),
  handles.map(
    (handle): Call =>
      (store) =>
        store.readLogin(handle),
  ),
  selectors.map(
    (by): Call =>
      (store) =>
        store.listLogins(by),
  ),
  fc.record({ by: selectors, reason: reasons, at: offsets, until: offsets, id: small }).map(
    ({ by, reason, at, until, id }): Call =>
      (store, { clock }) => {
        const outbox = [sampleEntry(clock.now(), { id: String(id) })]
        return store.endLogins({
          by,
          reason,
          at: clock.now() + at,
          tombstoneUntil: clock.now() + until,
          outbox,
        })
      },
  ),
]

const grantCalls: fc.Arbitrary<Call>[] = [
  fc.tuple(guards, reasons, offsets, fc.boolean()).map(
    ([guard, reason, until, isHeld]): Call =>
      async (store, { model, clock }) => {
        const held = await guardIn(model, guard)
        const end = { grant: held.grant, reason, at: clock.now(), tombstoneUntil: clock.now() + until }
        return store.endGrant(isHeld ? { ...end, held } : end)
      },
  ),
  fc.tuple(guards, owners, fc.option(fc.option(owners), { nil: undefined })).map(
    ([guard, owner, instead]): Call =>
      async (store, { model, clock }) => {
        const note = { owner, at: clock.now() }
        return store.beginRefresh(
          await guardIn(model, guard),
          instead === undefined ? note : { ...note, instead },
        )
      },
  ),
  fc.tuple(guards, owners).map(
    ([guard, owner]): Call =>
      async (store, { model }) =>
        store.cancelRefresh(await guardIn(model, guard), owner),
  ),
  fc.tuple(guards, tokens, fc.option(sids), offsets).map(
    ([guard, tokenHash, sid, until]): Call =>
      async (store, { model, clock }) => {
        const rotation = sampleRotation(clock.now(), sid === null ? { tokenHash } : { tokenHash, sid })
        return store.commitRefresh(await guardIn(model, guard), rotation, clock.now() + until)
      },
  ),
  fc.tuple(guards, tokens).map(
    ([guard, claims]): Call =>
      async (store, { model }) => {
        const { grant, generation } = await guardIn(model, guard)
        return store.writeClaims(grant, generation, claims)
      },
  ),
  tokens.map(
    (token): Call =>
      (store) =>
        store.findSpentToken(token),
  ),
]

const otherCalls: fc.Arbitrary<Call>[] = [
  users.map(
    (user): Call =>
      (store) =>
        store.readData(user),
  ),
  fc.tuple(users, small, tokens).map(
    ([user, version, data]): Call =>
      (store) =>
        store.writeData(user, version, data),
  ),
  fc.tuple(owners, offsets).map(
    ([owner, life]): Call =>
      (store) =>
        store.acquireLease("lease", owner, life),
  ),
  fc.tuple(owners, offsets).map(
    ([owner, life]): Call =>
      (store) =>
        store.renewLease("lease", owner, life),
  ),
  owners.map(
    (owner): Call =>
      (store) =>
        store.releaseLease("lease", owner),
  ),
  fc.tuple(small, offsets, offsets).map(
    ([id, due, life]): Call =>
      (store, { clock }) =>
        store.enqueue(
          sampleEntry(clock.now(), {
            id: String(id),
            dueAt: clock.now() + due,
            expiresAt: clock.now() + life,
          }),
        ),
  ),
  fc.tuple(small, offsets).map(
    ([limit, hold]): Call =>
      (store) =>
        store.claimOutbox(limit, hold),
  ),
  small.map(
    (id): Call =>
      (store) =>
        store.completeOutbox(String(id)),
  ),
  fc.tuple(small, offsets).map(
    ([id, due]): Call =>
      (store, { clock }) =>
        store.postponeOutbox(String(id), clock.now() + due),
  ),
  fc.tuple(fc.nat(20), fc.nat(5)).map(
    ([cursor, limit]): Call =>
      (store) =>
        store.changesAfter(cursor, limit),
  ),
  fc.constant((store) => store.latestChange()),
  fc.constant((store) => store.sweep()),
]

type Step = { advance: number } | { call: Call }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: few(1, 9, 61, 700, 3601).map((advance): Step => ({ advance })) },
    { weight: 6, arbitrary: fc.oneof(...loginCalls).map((call): Step => ({ call })) },
    { weight: 6, arbitrary: fc.oneof(...grantCalls).map((call): Step => ({ call })) },
    { weight: 3, arbitrary: fc.oneof(...otherCalls).map((call): Step => ({ call })) },
  ),
  { minLength: 5, maxLength: 60, size: "max" },
)

/** Everything that a reader can see. */
async function snapshot(store: GrantStore): Promise<unknown[]> {
  const known = ["handle-1", "handle-2", "handle-3", "handle-4"].map((handle) => store.readLogin(handle))
  const spent = ["token-1", "token-2", "token-3", "token-4"].map((token) => store.findSpentToken(token))
  return Promise.all([...known, ...spent, store.changesAfter(0, 1000), store.listLogins({ user: "user-1" })])
}

test.for(Object.entries(subjects))(
  "memoryStore and %s answer alike, whatever is called in whatever order",
  {
    timeout: 120_000,
  },
  async ([name, create]) => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const clock = manualClock()
        const context = { namespace: "one", clock }
        const model = await memoryStore({ name: randomUUID() }).open(context)
        const { driver, remains } = create()
        const subject = await driver.open(context)
        try {
          for (const step of sequence) {
            if ("advance" in step) {
              await clock.advance(step.advance)
              continue
            }
            // The subject first: the guards are read from the model as it was before this call.
            const actual = await step.call(subject, { model, clock })
            expect(actual).toEqual(await step.call(model, { model, clock }))
            expect(await snapshot(subject)).toEqual(await snapshot(model))
          }
          // Nothing here lives as long as this, and nothing else may stay: a store would grow without end.
          await clock.advance(1_000_000)
          await subject.sweep()
          expect(await remains()).toEqual({})
        } finally {
          await subject.close()
          await model.close()
        }
      }),
      // Each call there waits for a disk.
      { numRuns: name === "postgresStore" ? 40 : 120 },
    )
  },
)
