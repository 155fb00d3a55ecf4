import assert from "node:assert/strict"
import type { GrantStore } from "../../../store/grant-store.ts"
import type { GrantKey } from "../../../store/records.ts"
import { type ContractCase, readLive, type StoreWorld, storeCase } from "../contract-case.ts"
import { clientId, guardOf, issuer, sampleGrant, sampleLogin, sampleRotation, signIn } from "../samples.ts"

/** Signs in with two grants. */
async function signInTwice({ store, clock }: { store: GrantStore; clock: StoreWorld["clock"] }) {
  const [first, second] = ["first", "second"].map((provider) =>
    sampleGrant(clock.now(), { provider, sid: provider, tokenHash: provider }),
  )
  assert.ok(first && second)
  await store.createLogin(sampleLogin(clock.now()), "handle", [first, second])
  return { first: guardOf(first), second: guardOf(second) }
}

function endOf({ clock }: Pick<StoreWorld, "clock">, grant: GrantKey): Parameters<GrantStore["endGrant"]>[0] {
  return { grant, reason: "grant_revoked", at: clock.now(), tombstoneUntil: clock.now() + 7200 }
}

export const endingGrants: readonly ContractCase[] = [
  storeCase("endGrant removes one of several grants, and grows the version", async ({ store, clock }) => {
    const { first } = await signInTwice({ store, clock })
    assert.equal(await store.endGrant(endOf({ clock }, first.grant)), "grant_ended")
    const { grants, version } = await readLive(store, "handle")
    assert.deepEqual(
      grants.map((grant) => grant.provider),
      ["second"],
    )
    assert.equal(version, 2)
    assert.deepEqual(await store.listLogins({ issuer, clientId, sid: "first" }), [])
  }),

  storeCase("a late refresh does not bring an ended grant back", async ({ store, clock }) => {
    const { first } = await signInTwice({ store, clock })
    await store.beginRefresh(first, { owner: "owner", at: clock.now() })
    await store.endGrant(endOf({ clock }, first.grant))
    assert.equal(await store.commitRefresh(first, sampleRotation(clock.now()), clock.now() + 60), "missing")
    assert.equal((await readLive(store, "handle")).grants.length, 1)
  }),

  storeCase("endGrant of the last grant ends the login with the same reason", async ({ store, clock }) => {
    const { first, second } = await signInTwice({ store, clock })
    await store.endGrant(endOf({ clock }, first.grant))
    const at = clock.now()
    assert.equal(await store.endGrant(endOf({ clock }, second.grant)), "login_ended")
    const ended = { status: "ended", loginId: "login", reason: "grant_revoked", at }
    assert.deepEqual(await store.readLogin("handle"), ended)
    assert.equal(await store.commitRefresh(second, sampleRotation(clock.now()), clock.now() + 60), "ended")
    await clock.advance(7200)
    assert.equal(await store.readLogin("handle"), undefined)
  }),

  storeCase(
    "endGrant keeps what is left to do if the login ends, and only then",
    async ({ store, clock }) => {
      const { first, second } = await signInTwice({ store, clock })
      const times = { dueAt: clock.now(), expiresAt: clock.now() + 60 }
      const outbox = [{ id: "task", kind: "kind", sealedPayload: "sealed", attempts: 0, ...times }]
      await store.endGrant({ ...endOf({ clock }, first.grant), outbox })
      assert.deepEqual(await store.claimOutbox(10, 1), [])
      await store.endGrant({ ...endOf({ clock }, second.grant), outbox })
      assert.deepEqual(
        (await store.claimOutbox(10, 1)).map(({ id }) => id),
        ["task"],
      )
    },
  ),

  storeCase(
    "an ended grant does not stop the user from linking the account again",
    async ({ store, clock }) => {
      const { first } = await signInTwice({ store, clock })
      await store.endGrant(endOf({ clock }, first.grant))
      const grant = sampleGrant(clock.now(), { provider: "first" })
      const link = { loginId: "login", grant, handleHash: "new", oldHandleUntil: clock.now() }
      assert.equal(await store.linkGrant(link), "stored")
      assert.deepEqual(
        (await readLive(store, "new")).grants.map((each) => each.provider),
        ["second", "first"],
      )
    },
  ),

  storeCase(
    "endGrant finds nothing in a login that is unknown, over, or without that grant",
    async ({ store, clock }) => {
      const { grant } = await signIn({ store, clock })
      assert.equal(await store.endGrant(endOf({ clock }, { ...grant, loginId: "x" })), "missing")
      assert.equal(await store.endGrant(endOf({ clock }, { ...grant, provider: "x" })), "missing")
      assert.equal(await store.endGrant(endOf({ clock }, { ...grant, providerAccountId: "x" })), "missing")
      await readLive(store, "handle")
      assert.equal(await store.endGrant(endOf({ clock }, grant)), "login_ended")
      assert.equal(await store.endGrant(endOf({ clock }, grant)), "missing")
    },
  ),

  storeCase(
    "endGrant on a verdict about a token ends only the grant that holds it",
    async ({ store, clock }) => {
      const guard = await signIn({ store, clock })
      await store.commitRefresh(guard, sampleRotation(clock.now()), clock.now() + 60)
      const end = endOf({ clock }, guard.grant)
      const latest = await store.latestChange()
      for (const held of [guard, { ...guard, generation: 2 }, { ...guard, tokenHash: "token-2" }]) {
        assert.equal(await store.endGrant({ ...end, held }), "conflict")
      }
      assert.equal((await readLive(store, "handle")).version, 2)
      assert.equal(await store.latestChange(), latest)
      const held = { generation: 2, tokenHash: "token-2" }
      assert.equal(await store.endGrant({ ...end, held }), "login_ended")
      assert.equal(await store.endGrant({ ...end, held }), "missing")
    },
  ),

  storeCase("endGrant finds nothing in an expired login", async ({ store, clock }) => {
    const { grant } = await signIn({ store, clock })
    await clock.advance(3600)
    assert.equal(await store.endGrant(endOf({ clock }, grant)), "missing")
    const read = await store.readLogin("handle")
    assert.equal(read?.status === "ended" && read.reason, "session_expired")
  }),
]
