/** Rows B12 to B17: tokens were refreshed, and what comes with them cannot be believed or cannot be checked. */
import type { JWTPayload } from "jose"
import { afterEach, describe, expect, it, vi } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import type { Scene, SceneOptions } from "./scene/scene.ts"
import { networkFailure } from "./scene/scripted-provider.ts"

describeEachStore("claims", ({ createScene }) => {
  const sources = { plan: "id_token", email: "userinfo", "realm_access.roles": "access_token" } as const

  /** A user whose plan, address and roles are known from the sign-in. */
  async function signedIn(options: SceneOptions = {}): Promise<Scene & { handle: string }> {
    const scene = await createScene({ claims: sources, ...options })
    scene.provider.claims = { plan: "free", realm_access: { roles: ["reader"] } }
    const handle = await scene.signIn()
    scene.provider.claims = { plan: "gold", realm_access: { roles: ["editor"] } }
    return { ...scene, handle }
  }

  const known = { plan: "free", email: "alice@example.com", "realm_access.roles": ["reader"] }

  async function answerWith({ provider }: Scene, idToken: JWTPayload): Promise<void> {
    const signed = await provider.signIdToken({ plan: "gold", ...idToken })
    provider.once("token", async () => Response.json(await provider.tokens({ id_token: signed })))
  }

  describe("an ID token of somebody else", () => {
    it.each<[string, JWTPayload]>([
      ["sub", { sub: "mallory" }],
      ["iss", { iss: "https://elsewhere.example" }],
    ])(
      "B12 ends the session when %s differs, believes nothing, and revokes the new token",
      async (_n, claims) => {
        const scene = await signedIn()
        const { evergrant, provider, told, handle } = scene
        await answerWith(scene, claims)

        await expect(evergrant.refreshSession(handle)).rejects.toMatchObject({ reason: "subject_changed" })

        expect(await evergrant.readSession(handle)).toEqual({
          status: "signed_out",
          reason: "subject_changed",
        })
        expect(told("session.ended")).toMatchObject([{ user: "user-1", reason: "subject_changed" }])
        const [revoked] = provider.requests("revocation")
        expect(revoked?.form.get("token_type_hint")).toBe("refresh_token")
        expect(revoked?.form.get("token")).not.toBe("refresh-1")
        expect([...provider.live]).toEqual(["refresh-1"])
      },
    )

    it("B12 starts no session when the ID token of the sign-in is another issuer's", async () => {
      const scene = await createScene({ claims: sources })
      const idToken = await scene.provider.signIdToken({ iss: "https://elsewhere.example" })

      await expect(scene.signIn({ account: { id_token: idToken } })).rejects.toMatchObject({
        reason: "subject_changed",
      })

      expect(scene.told("session.started")).toEqual([])
    })
  })

  describe("an ID token that breaks a rule", () => {
    it.each<[string, JWTPayload]>([
      ["aud", { aud: "another-application" }],
      ["azp", { azp: "another-application" }],
      ["exp", { exp: 1_700_000_000 }],
      ["iat", { iat: 1_799_999_000 }],
    ])("B13 keeps the tokens, refuses the claims and tells it when %s is wrong", async (rule, claims) => {
      const scene = await signedIn()
      const { evergrant, told, handle } = scene
      await answerWith(scene, claims)

      const session = await evergrant.refreshSession(handle)

      expect(session.grants[0]?.generation).toBe(2)
      expect(session.claims.plan).toBe("free")
      expect(told("claims.refused")).toMatchObject([{ source: "id_token", rule }])
      expect(told("session.ended")).toEqual([])
    })

    it("B13 accepts an ID token for several audiences of which it is one", async () => {
      const scene = await signedIn()
      await answerWith(scene, { aud: ["other", scene.provider.clientId], azp: scene.provider.clientId })

      expect((await scene.evergrant.refreshSession(scene.handle)).claims.plan).toBe("gold")
    })

    it("B13 accepts a later auth_time as a step-up", async () => {
      const scene = await signedIn()
      await answerWith(scene, { auth_time: Math.floor(scene.clock.now()) })

      expect((await scene.evergrant.refreshSession(scene.handle)).claims.plan).toBe("gold")
    })
  })

  describe("the provider's keys", () => {
    afterEach(() => {
      vi.useRealTimers()
    })

    it("B14 asks once more for the keys when they were rotated, and accepts", async () => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const { evergrant, provider, told, handle } = await signedIn()
      const asked = provider.requests("jwks").length
      await provider.rotateSigningKey()
      vi.setSystemTime(Date.now() + 31_000)

      const session = await evergrant.refreshSession(handle)

      expect(session.claims).toMatchObject({ plan: "gold", "realm_access.roles": ["editor"] })
      expect(provider.requests("jwks").length).toBe(asked + 1)
      expect(told("claims.refused")).toEqual([])
    })

    it("B14 asks for the keys no more than once in 30 seconds, whoever signs with an unknown one", async () => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const scene = await signedIn()
      const { evergrant, provider, told, handle } = scene
      const asked = provider.requests("jwks").length
      await provider.rotateSigningKey()

      for (let refresh = 0; refresh < 5; refresh += 1) await evergrant.refreshSession(handle)

      expect(provider.requests("jwks").length).toBe(asked)
      expect((await evergrant.refreshSession(handle)).claims).toEqual(known)
      expect(told("claims.stale")[0]).toMatchObject({ code: "unknown_key" })
    })

    it("B15 keeps the new tokens and the old claims while the keys cannot be had", async () => {
      const scene = await createScene({ claims: sources })
      const { evergrant, provider, told } = scene
      provider.always("jwks", () => {
        throw networkFailure("ECONNREFUSED")
      })
      provider.claims = { plan: "gold" }
      const handle = await scene.signIn()

      const session = await evergrant.refreshSession(handle)

      expect(session.grants[0]?.generation).toBe(2)
      expect(session.claims).not.toHaveProperty("plan")
      expect(told("claims.stale")).toContainEqual(
        expect.objectContaining({ source: "id_token", code: "keys_unavailable" }),
      )
      expect(told("session.ended")).toEqual([])
      provider.always("jwks", undefined)
      expect((await evergrant.refreshSession(handle)).claims.plan).toBe("gold")
    })
  })

  describe("userinfo after a good refresh", () => {
    it("B16 has the tokens, and keeps the claims, when userinfo fails", async () => {
      const { evergrant, provider, told, handle } = await signedIn()
      provider.once("userinfo", () => new Response(null, { status: 500 }))

      const session = await evergrant.refreshSession(handle)

      expect(session.grants[0]?.generation).toBe(2)
      expect(session.claims).toMatchObject({ email: "alice@example.com", plan: "gold" })
      expect(told("claims.stale")).toMatchObject([{ source: "userinfo" }])
    })

    it("B16 discards what userinfo says of another user", async () => {
      const { evergrant, provider, told, handle } = await signedIn()
      provider.once("userinfo", () => Response.json({ sub: "mallory", email: "mallory@example.com" }))

      const session = await evergrant.refreshSession(handle)

      expect(session.claims.email).toBe("alice@example.com")
      expect(told("claims.refused")).toMatchObject([{ source: "userinfo", rule: "sub" }])
      expect(told("session.ended")).toEqual([])
    })

    it("B16 has stored the tokens before userinfo is asked", async () => {
      const scene = await signedIn()
      const { evergrant, provider, grant, handle } = scene
      let generation = 0
      provider.once("userinfo", async (request) => {
        generation = (await grant(handle)).generation
        return provider.usual(request)
      })

      await evergrant.refreshSession(handle)

      expect(generation).toBe(2)
    })
  })

  describe("a narrowed scope", () => {
    it("B17 shows it to the application and does not refresh in a loop", async () => {
      const { evergrant, clock, provider, spent, handle } = await signedIn()
      provider.once("token", async () => Response.json(await provider.tokens({ scope: "openid" })))
      await clock.advance(301)

      const answers = [
        await evergrant.getAccessToken(handle),
        await evergrant.getAccessToken(handle),
        await evergrant.getAccessToken(handle),
      ]

      expect(answers.map((answer) => answer.scope)).toEqual(["openid", "openid", "openid"])
      expect(spent()).toHaveLength(1)
    })
  })
})
