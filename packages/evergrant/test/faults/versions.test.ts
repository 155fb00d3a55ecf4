/**
 * Row A21: a rolling deploy. What a newer version has written is left alone by the older one: not misread, not
 * overwritten, not deleted. Its user is asked to sign in, or waits for the newer version; nothing crashes.
 */
import { describe, expect, it } from "vitest"
import { sqliteAccounts } from "../../src/accounts/sqlite.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import type { StoredGrant } from "../../src/store/records.ts"
import { createSealer } from "../../src/store/seal.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { createTable } from "./scene/account-table.ts"
import { type Scene, secret } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

/** As a newer version seals, which nobody here can know: another format name, other parts behind it. */
const newer = "eg2.AbCdEfGhIjK.c29tZXRoaW5n.bmV3ZXI.and-more"
const afterExpiry = 301

const alice = { provider: "oidc", providerAccountId: "alice" }
const signedOut = { status: "signed_out", reason: "unreadable_session" }

/** Replaces what is sealed of a grant, by a rotation as a newer version would store it. */
async function reseal(store: GrantStore, grant: StoredGrant, changes: Partial<StoredGrant>, now: number) {
  const guard = { grant, generation: grant.generation, tokenHash: grant.tokenHash }
  const { tokenHash, receivedAt, expiresAt, sessionExpiresAt, sealedTokens, sealedClaims } = {
    ...grant,
    ...changes,
  }
  const next = { tokenHash, receivedAt, expiresAt, sessionExpiresAt, sealedTokens, sealedClaims }
  expect(await store.commitRefresh(guard, next, now + 60)).toBe("stored")
}

type Plant = (scene: Scene, handle: string) => Promise<unknown>

const planted: [string, Plant][] = [
  [
    "login",
    async ({ store, stored }, handle) => {
      const { loginId, revision } = await stored(handle)
      await (await store()).updateLogin({ loginId, revision, sealedLogin: newer })
    },
  ],
  [
    "tokens and claims",
    async ({ store, grant, clock }, handle) =>
      reseal(
        await store(),
        await grant(handle),
        { sealedTokens: newer, sealedClaims: newer, tokenHash: "theirs" },
        clock.now(),
      ),
  ],
  [
    "claims",
    async ({ store, grant }, handle) => {
      const held = await grant(handle)
      await (await store()).writeClaims(held, held.generation, newer)
    },
  ],
]

describeEachStore("a record of a newer format", ({ createScene }) => {
  it.each(planted)("A21 is left alone in the %s, and its user is asked to sign in", async (_where, plant) => {
    const scene = await createScene()
    const { evergrant, clock, signIn, stored, spent, provider, told } = scene
    const handle = await signIn()
    await plant(scene, handle)
    const before = await stored(handle)
    await clock.advance(afterExpiry)

    expect(await evergrant.readSession(handle)).toEqual(signedOut)
    const refused = { code: "signed_out", reason: "unreadable_session" }
    await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject(refused)
    await expect(evergrant.refreshSession(handle)).rejects.toMatchObject(refused)
    await expect(evergrant.patchSession(handle, {}, "server")).rejects.toMatchObject(refused)

    expect(await stored(handle)).toEqual(before)
    expect(spent()).toEqual([])
    expect(provider.requests("revocation")).toEqual([])
    expect(told("record.unreadable").length).toBeGreaterThan(0)
    expect(told("session.ended")).toEqual([])

    // Its user can sign in again beside it.
    const again = await signIn({ account: { refresh_token: "refresh-of-the-new-login" } })
    expect((await evergrant.readSession(again)).status).toBe("session")
    expect(await stored(handle)).toEqual(before)
  })

  it.each(planted)("A21 is not rewritten by a job that refreshes, in the %s", async (where, plant) => {
    const scene = await createScene()
    const { evergrant, clock, signIn, stored, spent } = scene
    const handle = await signIn()
    await plant(scene, handle)
    const before = await stored(handle)
    await clock.advance(afterExpiry)

    const job = evergrant.getAccessTokenOfUser({ userId: "user-1", provider: "oidc" })
    if (where === "login") {
      // A job reads no login, and what it refreshes is not of the newer format.
      await job
      expect((await stored(handle)).sealedLogin).toBe(newer)
      return
    }
    await expect(job).rejects.toMatchObject({ code: expect.stringMatching(/signed_out|no_grant/) })
    expect((await stored(handle)).grants).toEqual(before.grants)
    expect(spent()).toEqual([])
  })

  it("A21 of the user's data costs the session nothing but them, and no patch replaces it", async () => {
    const scene = await createScene({ data: { schema: anything, browserWritable: ["theme"] } })
    const { evergrant, signIn } = scene
    const store = await scene.store()
    const handle = await signIn()
    const version = (await store.readData("user-1"))?.version ?? 0
    expect(await store.writeData("user-1", version, newer)).toBe("stored")
    const before = await store.readData("user-1")

    const reading = await evergrant.readSession(handle)
    expect(reading.status).toBe("session")
    await expect(evergrant.patchSession(handle, { theme: "dark" }, "browser")).rejects.toMatchObject({
      code: "record_unreadable",
    })
    // Neither does a sign-in, which would fill them.
    await signIn({ account: { refresh_token: "refresh-of-the-new-login" } })

    expect(before).toMatchObject({ sealedData: newer })
    expect(await store.readData("user-1")).toEqual(before)
  })

  it("A21 keeps fields of the data that only the newer version's schema knows", async () => {
    const scene = await createScene({ data: { schema: onlyStep } })
    const { evergrant, again, signIn } = scene
    const handle = await signIn()
    const newerVersion = again({ data: { schema: anything } })
    await newerVersion.patchSession(handle, { step: "START", badge: "gold" }, "server")

    await evergrant.patchSession(handle, { step: "COMPLETED" }, "server")
    await signIn({ account: { refresh_token: "refresh-of-another-browser" } })

    expect((await newerVersion.readData("user-1")).data).toEqual({ step: "COMPLETED", badge: "gold" })
  })

  it("A21 keeps members of the login that it does not know", async () => {
    const { evergrant, signIn, stored, store, namespace } = await createScene()
    const handle = await signIn()
    const sealer = createSealer([secret], namespace, (length) =>
      crypto.getRandomValues(new Uint8Array(length)),
    )
    const { loginId, revision, sealedLogin } = await stored(handle)
    const content = (await sealer.open("login", [loginId, revision], sealedLogin)) as object
    const extended = { ...content, devices: ["phone"] }
    await (await store()).updateLogin({
      loginId,
      revision,
      sealedLogin: await sealer.seal("login", [loginId, revision + 1], extended),
    })

    const reading = await evergrant.readSession(handle)
    if (reading.status !== "session") throw new Error("The session is over.")
    await evergrant.saveToken(handle, reading.view, { name: "Alice", seen: 1 })

    const after = await stored(handle)
    expect(await sealer.open("login", [loginId, after.revision], after.sealedLogin)).toEqual({
      ...extended,
      token: { name: "Alice", seen: 1 },
    })
  })

  it("A21 of remembered work is left for the version that knows what is to be done", async () => {
    const scene = await createScene({ accounts: createTable().table })
    const { evergrant, clock, told, namespace } = scene
    const store = await scene.store()
    const sealer = createSealer([secret], namespace, (length) =>
      crypto.getRandomValues(new Uint8Array(length)),
    )
    const now = clock.now()
    const entry = { dueAt: now, expiresAt: now + 9999, attempts: 0 }
    const kind = "provider.end_session"
    const payload = await sealer.seal("outbox", ["kind"], { kind })
    await store.enqueue({ ...entry, id: "kind", kind, sealedPayload: payload })
    await store.enqueue({ ...entry, id: "format", kind: "account.sync", sealedPayload: newer })

    await evergrant.ping()
    await until(() => told("work.postponed").length > 0)
    await clock.advance(4000)
    // This version looks again each minute and puts it off; as it ends, the other one comes.
    scene.replaced.close = async () => {}
    await clock.runUntilDone(evergrant.close())
    await clock.advance(61)

    const left = await store.claimOutbox(10, 0)
    expect(left.map(({ id, sealedPayload }) => [id, sealedPayload]).toSorted()).toEqual([
      ["format", newer],
      ["kind", payload],
    ])
  })

  it("A21 of a sealed account row is never taken for a token", async () => {
    const { table, database, row } = createTable()
    const scene = await createScene({ accounts: { ...table, source: "row", sealed: true } })
    const { evergrant, clock, signIn, spent } = scene
    const handle = await signIn()
    database
      .prepare("UPDATE account SET access_token = ?, refresh_token = ?, id_token = ?")
      .run(newer, newer, newer)
    await clock.advance(afterExpiry)

    await expect(clock.runUntilDone(evergrant.getAccessToken(handle))).rejects.toMatchObject({
      code: "provider_unavailable",
    })

    expect(spent()).toEqual([])
    expect(row()).toMatchObject({ access_token: newer, refresh_token: newer })
    await expect(
      evergrant.openAccount({ ...(await sqliteAccounts(database).find(alice)), ...alice }),
    ).rejects.toMatchObject({ code: "record_unreadable" })
    expect((await evergrant.readSession(handle)).status).toBe("session")
  })
})

/** A schema that lets everything through. */
const anything = schemaOf((value) => value)

/** A schema that knows one field and drops the others, as those of the common libraries do. */
const onlyStep = schemaOf(({ step }) => ({ ...(step === undefined ? {} : { step }) }))

function schemaOf(toOutput: (value: Record<string, unknown>) => Record<string, unknown>) {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) => ({ value: toOutput(value as Record<string, unknown>) }),
    },
  }
}

describe("a sealed value", () => {
  it("A21 is known as one whatever its format's number", async () => {
    const sealer = createSealer([secret], "one", (length) => crypto.getRandomValues(new Uint8Array(length)))
    for (const sealed of [newer, "eg10.a.b.c", "eg2"]) {
      await expect(sealer.open("account", ["a"], sealed)).rejects.toMatchObject({ code: "record_unreadable" })
    }
  })
})
