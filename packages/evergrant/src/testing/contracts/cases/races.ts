import assert from "node:assert/strict"
import type { WriteOutcome } from "../../../store/grant-store.ts"
import { type ContractCase, readLive, storeCase } from "../contract-case.ts"
import { bySid, sampleEnd, sampleGrant, sampleLogin, sampleRotation, signIn } from "../samples.ts"

const fifty = Array.from({ length: 50 }, (_, i) => i)

function count(outcomes: readonly WriteOutcome[], wanted: WriteOutcome): number {
  return outcomes.filter((outcome) => outcome === wanted).length
}

export const races: readonly ContractCase[] = [
  storeCase(
    "of fifty commits of one generation, exactly one is stored",
    async ({ store, clock, openAgain }) => {
      const stores = [store, await openAgain()]
      const guard = await signIn({ store, clock })
      const commits = fifty.map((i) => {
        const rotation = sampleRotation(clock.now(), { tokenHash: `winner-${i}` })
        return (stores[i % 2] ?? store).commitRefresh(guard, rotation, clock.now() + 60)
      })
      const outcomes = await Promise.all(commits)
      assert.deepEqual([count(outcomes, "stored"), count(outcomes, "conflict")], [1, 49])
      const { grants, version } = await readLive(store, "handle")
      assert.equal(grants[0]?.tokenHash, `winner-${outcomes.indexOf("stored")}`)
      assert.deepEqual([grants[0]?.generation, version], [2, 2])
    },
  ),

  storeCase("of fifty logins with one handle, exactly one is stored", async ({ store, clock, openAgain }) => {
    const stores = [store, await openAgain()]
    const outcomes = await Promise.all(
      fifty.map((i) => {
        const login = sampleLogin(clock.now(), { loginId: `login-${i}` })
        return (stores[i % 2] ?? store).createLogin(login, "handle", [])
      }),
    )
    assert.deepEqual([count(outcomes, "stored"), count(outcomes, "conflict")], [1, 49])
    assert.equal((await store.listLogins({ user: "user" })).length, 1)
  }),

  storeCase(
    "of fifty writes of one version of the data, exactly one is stored",
    async ({ store, openAgain }) => {
      const stores = [store, await openAgain()]
      const outcomes = await Promise.all(
        fifty.map((i) => (stores[i % 2] ?? store).writeData("user", 0, `data-${i}`)),
      )
      assert.equal(count(outcomes, "stored"), 1)
      assert.equal((await store.readData("user"))?.sealedData, `data-${outcomes.indexOf("stored")}`)
    },
  ),

  storeCase("of fifty that ask for a lease, exactly one has it", async ({ store, openAgain }) => {
    const stores = [store, await openAgain()]
    const taken = await Promise.all(
      fifty.map((i) => (stores[i % 2] ?? store).acquireLease("lease", `owner-${i}`, 30)),
    )
    assert.equal(taken.filter(Boolean).length, 1)
  }),

  storeCase(
    "changes made at once have positions of their own, and are all told",
    async ({ store, openAgain }) => {
      const stores = [store, await openAgain()]
      const from = await store.latestChange()
      await Promise.all(fifty.map((i) => (stores[i % 2] ?? store).writeData(`user-${i}`, 0, "data")))
      const feed = await store.changesAfter(from, 100)
      assert.equal(new Set(feed.map((change) => change.cursor)).size, 50)
      assert.equal(new Set(feed.map((change) => change.user)).size, 50)
    },
  ),

  storeCase(
    "a sign-out between refreshes and sign-ins leaves nothing live",
    async ({ store, clock, openAgain }) => {
      const other = await openAgain()
      const guard = await signIn({ store, clock })
      const outcomes = Promise.all(
        fifty.map((i) => {
          const late = sampleLogin(clock.now(), { loginId: `late-${i}` })
          return i % 2 === 0
            ? store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
            : other.createLogin(late, `late-${i}`, [sampleGrant(clock.now())])
        }),
      )
      await other.endLogins(sampleEnd(clock.now(), bySid))
      await outcomes
      assert.deepEqual(await store.listLogins(bySid), [])
      assert.equal((await store.readLogin("handle"))?.status, "ended")
    },
  ),
]
