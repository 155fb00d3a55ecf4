/** Rows A13 to A15, A22, A24: a store that fails, keys that change, a sign-in that comes twice. */
import { describe, expect, it } from "vitest"
import { hashSecret } from "../../src/tokens/token-hash.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { secret } from "./scene/scene.ts"

describeEachStore("the store", ({ createScene }) => {
  const afterExpiry = 301
  const newSecret = "another-horse-with-another-battery-9876543210"

  describe("a store that cannot be reached", () => {
    it("A13 spends nothing and signs nobody out while no intent can be noted, and recovers alone", async () => {
      const { evergrant, clock, signIn, fail, replaced, spent, told } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      fail("beginRefresh")

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "store_unavailable" })
      expect(spent()).toEqual([])
      expect(told("session.ended")).toEqual([])

      delete replaced.beginRefresh
      expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
      expect(spent()).toEqual(["refresh-1"])
    })

    it("A13 does not fail a refresh because its lease could neither be renewed nor given back", async () => {
      const { evergrant, clock, signIn, fail, grant } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      fail("renewLease")
      fail("releaseLease")

      expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
      expect((await grant(handle)).generation).toBe(2)
    })

    it("A14 answers unknown, never signed out, and the session is there again afterwards", async () => {
      const { evergrant, signIn, fail, replaced, told } = await createScene()
      const handle = await signIn()
      fail("readLogin")

      for (const ask of [
        () => evergrant.readSession(handle),
        () => evergrant.getAccessToken(handle),
        () => evergrant.refreshSession(handle),
        () => evergrant.signOut(handle, "https://app.example"),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: "store_unavailable", remedy: "retry" })
      }
      delete replaced.readLogin

      expect((await evergrant.readSession(handle)).status).toBe("session")
      expect(told("session.ended")).toEqual([])
    })

    it("A14 ends nothing, and says so, when the tombstone cannot be written at sign-out", async () => {
      const { evergrant, signIn, fail, replaced, provider } = await createScene()
      const handle = await signIn()
      fail("endLogins")

      await expect(evergrant.signOut(handle, "https://app.example")).rejects.toMatchObject({
        code: "store_unavailable",
      })
      delete replaced.endLogins

      expect(provider.requests("logout")).toEqual([])
      expect((await evergrant.readSession(handle)).status).toBe("session")
    })

    it("A15 has the new tokens stored even if the claims cannot be written after them", async () => {
      const { evergrant, clock, signIn, fail, grant, spent } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      fail("writeClaims", 1)

      await evergrant.getAccessToken(handle).catch((error: unknown) => error)

      expect((await grant(handle)).generation).toBe(2)
      expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
      expect(spent()).toEqual(["refresh-1"])
    })
  })

  describe("keys that change", () => {
    it("A22 reads what an earlier key sealed, and seals under the new one from the next rotation on", async () => {
      const { again, clock, signIn, evergrant } = await createScene()
      const handle = await signIn()
      const before = await evergrant.getAccessToken(handle)
      const rotated = again({ secrets: [newSecret, secret] })

      expect(await rotated.getAccessToken(handle)).toEqual(before)
      expect((await rotated.readSession(handle)).status).toBe("session")
      await clock.advance(afterExpiry)
      const after = await rotated.getAccessToken(handle)

      // The old key alone opens what it sealed, not what came later.
      expect(after.accessToken).not.toBe(before.accessToken)
      expect(await again({ secrets: [secret] }).readSession(handle)).toEqual({
        status: "signed_out",
        reason: "unreadable_session",
      })
      expect((await rotated.readSession(handle)).status).toBe("session")
    })

    it("A22 asks for a new sign-in when the key is unknown, keeps the row, and has it back with the key", async () => {
      const { again, evergrant, clock, signIn, stored, told, spent } = await createScene()
      const handle = await signIn()
      const row = await stored(handle)
      await clock.advance(afterExpiry)
      const keyless = again({ secrets: [newSecret] })

      expect(await keyless.readSession(handle)).toEqual({
        status: "signed_out",
        reason: "unreadable_session",
      })
      await expect(keyless.getAccessToken(handle)).rejects.toMatchObject({ reason: "unreadable_session" })
      await expect(keyless.refreshSession(handle)).rejects.toMatchObject({ reason: "unreadable_session" })

      expect(await stored(handle)).toEqual(row)
      expect(spent()).toEqual([])
      expect(told("record.unreadable").length).toBeGreaterThan(0)
      expect((await evergrant.readSession(handle)).status).toBe("session")
    })

    it("A22 refuses tokens that were moved from one login to another", async () => {
      const { evergrant, signIn, grant, stored, replaced, store } = await createScene()
      const [mine, other] = [await signIn(), await signIn()]
      const foreign = await grant(other)
      const real = await store()
      const before = await stored(mine)
      replaced.readLogin = async (hash) => {
        const login = await real.readLogin(hash)
        if (login?.status !== "live" || login.loginId !== before.loginId) return login
        return {
          ...login,
          grants: login.grants.map((held) => ({ ...held, sealedTokens: foreign.sealedTokens })),
        }
      }

      await expect(evergrant.getAccessToken(mine)).rejects.toMatchObject({
        code: "signed_out",
        reason: "unreadable_session",
      })
    })
  })

  describe("records that were put back", () => {
    it("A22 refuses the tokens of an older generation in the place of the current ones", async () => {
      const { evergrant, signIn, grant, replaced, store } = await createScene()
      const handle = await signIn()
      const old = await grant(handle)
      await evergrant.getAccessToken(handle, { force: true })
      const real = await store()
      const replay = (field: "sealedTokens" | "sealedClaims") => {
        replaced.readLogin = async (hash) => {
          const login = await real.readLogin(hash)
          if (login?.status !== "live") return login
          return { ...login, grants: login.grants.map((held) => ({ ...held, [field]: old[field] })) }
        }
      }

      replay("sealedTokens")
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
        code: "signed_out",
        reason: "unreadable_session",
      })
      replay("sealedClaims")
      expect(await evergrant.readSession(handle)).toEqual({
        status: "signed_out",
        reason: "unreadable_session",
      })
    })
  })

  describe("a sign-in that comes twice", () => {
    it("A24 gives each sign-in a fresh handle and ends the login that the browser had", async () => {
      const { evergrant, signIn, told } = await createScene()
      const first = await signIn()
      const second = await signIn({ previous: { handle: first, link: false } })

      expect(second).not.toBe(first)
      expect(await evergrant.readSession(first)).toEqual({ status: "signed_out", reason: "replaced" })
      expect((await evergrant.readSession(second)).status).toBe("session")
      expect(told("session.ended")).toMatchObject([{ reason: "replaced" }])
    })

    it("A24 makes one login of a session that two requests take over at once", async () => {
      const { signIn, store, told } = await createScene()
      const handles = await Promise.all([
        signIn({ handle: "stock:session" }),
        signIn({ handle: "stock:session" }),
      ])

      expect(handles).toEqual(["stock:session", "stock:session"])
      expect(await (await store()).listLogins({ user: "user-1" })).toHaveLength(1)
      expect(told("session.started")).toHaveLength(1)
    })

    it("A24 makes one link of a callback that comes twice, and leaves one handle that lasts", async () => {
      const { evergrant, clock, signIn, stored, store, told } = await createScene()
      const first = await signIn()
      const { loginId } = await stored(first)
      const callback = (refreshToken: string) =>
        signIn({
          previous: { handle: first, link: true },
          account: { refresh_token: refreshToken, provider: "oidc", providerAccountId: "alice-2" },
        })

      const handles = await Promise.all([callback("refresh-of-one"), callback("refresh-of-two")])

      const [login] = await (await store()).listLogins({ loginId })
      expect(login?.grants.map(({ providerAccountId }) => providerAccountId)).toEqual(["alice", "alice-2"])
      expect(told("session.started").length).toBeLessThanOrEqual(2)
      expect(new Set([first, ...handles]).size).toBe(3)
      await clock.advance(61)
      const readings = await Promise.all(handles.map((handle) => evergrant.readSession(handle)))
      expect(readings.some(({ status }) => status === "session")).toBe(true)
      expect((await evergrant.readSession(first)).status).toBe("signed_out")
    })

    it("A24 leaves nothing to fixate: a handle that nobody issued leads nowhere", async () => {
      const { evergrant, store } = await createScene()

      expect(await evergrant.readSession("chosen-by-an-attacker")).toEqual({
        status: "signed_out",
        reason: "unknown_session",
      })
      expect(await (await store()).readLogin(await hashSecret("chosen-by-an-attacker"))).toBeUndefined()
    })
  })
})
