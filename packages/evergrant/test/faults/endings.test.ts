/** Rows C1, C3 and C21: out means out, whatever is still on its way. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { createGate, landing } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

describeEachStore("endings", ({ createScene }) => {
  describe("sign-out during a refresh", () => {
    it("C1 stays out, stores nothing of the late answer and revokes its refresh token", async () => {
      const { evergrant, clock, provider, signIn, store, told } = await createScene()
      const handle = await signIn()
      await clock.advance(301)
      const reached = createGate()
      const answer = createGate()
      provider.once("token", async (request) => {
        reached.open()
        await answer.passed
        return provider.usual(request)
      })
      const waiting = evergrant.getAccessToken(handle).catch((error: unknown) => error)
      await reached.passed

      await evergrant.signOut(handle, landing)
      answer.open()

      expect(await waiting).toMatchObject({ code: "signed_out", reason: "signed_out" })
      const revoked = provider.requests("revocation").map(({ form }) => form.get("token"))
      expect(revoked).toHaveLength(1)
      expect(revoked[0]).not.toBe("refresh-1")
      expect([...provider.live]).toEqual([])
      expect(await (await store()).listLogins({ user: "user-1" })).toEqual([])
      expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "signed_out" })
      expect(told("tokens.refreshed")).toEqual([])
    })

    it("C1 revokes nothing of a login that a new sign-in replaced: at Keycloak both share one session", async () => {
      const { evergrant, clock, provider, signIn } = await createScene()
      const handle = await signIn()
      await clock.advance(301)
      const reached = createGate()
      const answer = createGate()
      provider.once("token", async (request) => {
        reached.open()
        await answer.passed
        return provider.usual(request)
      })
      const waiting = evergrant.getAccessToken(handle).catch((error: unknown) => error)
      await reached.passed

      const again = await signIn({
        previous: { handle, link: false },
        account: { refresh_token: "refresh-of-the-new-login" },
      })
      answer.open()

      expect(await waiting).toMatchObject({ code: "signed_out", reason: "replaced" })
      expect(provider.requests("revocation")).toEqual([])
      expect((await evergrant.readSession(again)).status).toBe("session")
    })

    it("C1 spends nothing when the sign-out comes right before the sending", async () => {
      const { evergrant, clock, signIn, store, replaced, spent } = await createScene()
      const handle = await signIn()
      await clock.advance(301)
      const real = await store()
      replaced.beginRefresh = async (...intent) => {
        await evergrant.endLogin(handle, "signed_out")
        return real.beginRefresh(...intent)
      }

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "signed_out" })

      expect(spent()).toEqual([])
    })

    it("C1 stays out when the sign-out comes between the answer and its storing", async () => {
      const { evergrant, clock, provider, signIn, store, replaced } = await createScene()
      const handle = await signIn()
      await clock.advance(301)
      const real = await store()
      replaced.commitRefresh = async (...commit) => {
        delete replaced.commitRefresh
        await evergrant.signOut(handle, landing)
        return real.commitRefresh(...commit)
      }

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "signed_out" })

      expect(provider.requests("revocation")).toHaveLength(1)
      expect([...provider.live]).toEqual([])
      expect(await real.listLogins({ user: "user-1" })).toEqual([])
    })

    it("C1 hands out no token when the sign-out comes right after the storing", async () => {
      const { evergrant, clock, signIn, store, replaced } = await createScene()
      const handle = await signIn()
      await clock.advance(301)
      const real = await store()
      replaced.writeClaims = async (...claims) => {
        delete replaced.writeClaims
        await evergrant.endLogin(handle, "signed_out")
        return real.writeClaims(...claims)
      }

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "signed_out" })
    })

    it("C1 ends locally first: a provider that hangs keeps nobody signed in", async () => {
      const { evergrant, clock, provider, signIn } = await createScene()
      const handle = await signIn()
      provider.always("logout", () => new Promise(() => {}))

      const leaving = evergrant.signOut(handle, landing)
      await until(() => provider.requests("logout").length > 0)
      expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "signed_out" })
      await clock.advance(6)

      expect((await leaving).providers).toMatchObject([
        { provider: "oidc", status: expect.not.stringMatching("ended") },
      ])
    })
  })

  describe("an end that comes too late", () => {
    it("B2 does not end a grant that was rotated after its token was refused", async () => {
      const { evergrant, clock, provider, signIn, store, replaced, told, grant } = await createScene()
      const handle = await signIn()
      const real = await store()
      await clock.advance(301)
      provider.always("token", async () => Response.json({ error: "invalid_grant" }, { status: 400 }))
      replaced.endGrant = async (end) => {
        const judged = await grant(handle)
        const rotated = { ...judged, sid: judged.sid ?? "", tokenHash: "the successor's" }
        await real.commitRefresh({ ...judged, grant: judged }, rotated, clock.now() + 60)
        return real.endGrant(end)
      }

      await evergrant.readSession(handle)

      expect(told("session.ended")).toEqual([])
      expect((await grant(handle)).generation).toBe(2)
    })
  })

  describe("an end that comes before the session", () => {
    it("C3 lets no session begin whose sid was ended before it was stored", async () => {
      const { clock, provider, signIn, store, told } = await createScene()
      const real = await store()
      await real.endLogins({
        by: { issuer: provider.issuer, clientId: provider.clientId, sid: "sid-1" },
        reason: "provider_session_ended",
        at: clock.now(),
        tombstoneUntil: clock.now() + 3600,
      })

      await expect(signIn()).rejects.toMatchObject({ code: "signed_out", reason: "provider_session_ended" })

      expect(told("session.stillborn")).toMatchObject([{ provider: "oidc" }])
      expect(told("session.started")).toEqual([])
      expect(await real.listLogins({ user: "user-1" })).toEqual([])
    })

    it("C3 leaves a user alone who signed in again after the end", async () => {
      const { evergrant, clock, provider, signIn, store } = await createScene()
      await (await store()).endLogins({
        by: { issuer: provider.issuer, clientId: provider.clientId, sub: "alice" },
        reason: "provider_session_ended",
        at: clock.now(),
        tombstoneUntil: clock.now() + 3600,
      })
      await clock.advance(5)

      expect((await evergrant.readSession(await signIn())).status).toBe("session")
    })
  })

  describe("copies of an old cookie", () => {
    it("C21 refuses every copy after sign-out, for as long as a cookie can live", async () => {
      const { evergrant, clock, provider, signIn } = await createScene()
      const handle = await signIn()
      await evergrant.signOut(handle, landing)

      for (const days of [0, 1, 29]) {
        await clock.advance(days * 24 * 3600)
        expect(await evergrant.readSession(handle)).toMatchObject({
          status: "signed_out",
          reason: "signed_out",
        })
        await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "signed_out" })
        await expect(evergrant.refreshSession(handle)).rejects.toMatchObject({ code: "signed_out" })
        await expect(evergrant.patchSession(handle, {}, "browser")).rejects.toMatchObject({
          code: "signed_out",
        })
      }
      expect(provider.requests("token")).toEqual([])
    })

    it("C21 refuses a copy of a cookie from before Evergrant once its session was ended", async () => {
      const { evergrant, signIn } = await createScene()
      await evergrant.endUnboundSession("stock:old", "user-1")

      expect(await evergrant.readSession("stock:old")).toEqual({ status: "signed_out", reason: "signed_out" })
      await signIn({ handle: "stock:old" })
      expect(await evergrant.readSession("stock:old")).toEqual({ status: "signed_out", reason: "signed_out" })
    })

    it("C21 signs out twice without harm", async () => {
      const { evergrant, provider, signIn, told } = await createScene()
      const handle = await signIn()

      const first = await evergrant.signOut(handle, landing)
      const second = await evergrant.signOut(handle, landing)

      expect(first.providers).toEqual([{ provider: "oidc", status: "ended" }])
      expect(second).toEqual({ loginId: null, user: null, providers: [] })
      expect(provider.requests("logout")).toHaveLength(1)
      expect(told("session.ended")).toHaveLength(1)
    })
  })
})
