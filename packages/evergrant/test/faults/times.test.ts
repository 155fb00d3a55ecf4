/** Rows B19, B22, B23: the end of the provider's session, an API's 401, a clock that is wrong. */
import { describe, expect, it } from "vitest"
import { describeEachStore } from "../stores/each-store.ts"
import { createGate } from "./scene/scene.ts"

describeEachStore("times", ({ createScene }) => {
  describe("the end of the provider's session", () => {
    it("B19 ends the login politely at that moment, without asking for what cannot be given", async () => {
      const { evergrant, clock, provider, spent, signIn, told } = await createScene()
      provider.lifetimes = { access: 300, session: 600 }
      const handle = await signIn()
      await clock.advance(600)

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
        reason: "provider_session_expired",
      })

      expect(await evergrant.readSession(handle)).toEqual({
        status: "signed_out",
        reason: "provider_session_expired",
      })
      expect(spent()).toEqual([])
      expect(told("session.ended")).toMatchObject([{ reason: "provider_session_expired" }])
    })

    it("B19 lets a session that is refreshed in time live on", async () => {
      const { evergrant, clock, provider, signIn } = await createScene()
      provider.lifetimes = { access: 300, session: 600 }
      const handle = await signIn()

      for (let round = 0; round < 5; round += 1) {
        await clock.advance(400)
        expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(clock.now())
      }
    })

    it("B19 does not refresh over and over when the provider's last tokens live for seconds", async () => {
      const { evergrant, clock, provider, spent, signIn } = await createScene()
      const handle = await signIn()
      provider.lifetimes = { access: 10, session: 10 }
      await evergrant.getAccessToken(handle, { force: true })

      for (let call = 0; call < 20; call += 1) {
        await evergrant.getAccessToken(handle)
        await clock.advance(0.3)
      }

      expect(spent()).toHaveLength(1)
    })
  })

  describe("an API that answers 401 to a fresh token", () => {
    it("B22 gives a new token for one forced refresh, although the old one is good", async () => {
      const { evergrant, signIn, spent, grant } = await createScene()
      const handle = await signIn()
      const before = await evergrant.getAccessToken(handle)

      const after = await evergrant.getAccessToken(handle, { force: true })

      expect(after.accessToken).not.toBe(before.accessToken)
      expect(spent()).toEqual(["refresh-1"])
      expect((await grant(handle)).generation).toBe(2)
      expect(await evergrant.getAccessToken(handle)).toEqual(after)
    })

    it("B22 costs two refreshes when a hundred callers force at once, and none gets the refused token", async () => {
      const { evergrant, signIn, spent, store, replaced } = await createScene()
      const handle = await signIn()
      const before = await evergrant.getAccessToken(handle)
      // A caller that comes after a flight has begun is owed the next one. So that nobody comes late because its read
      // has waited for a connection, each of them goes on when all have read.
      const { readLogin } = await store()
      const callers = 100
      const allHaveRead = createGate()
      let read = 0
      replaced.readLogin = async (handleHash) => {
        const login = await readLogin(handleHash)
        read += 1
        if (read === callers) allHaveRead.open()
        await allHaveRead.passed
        return login
      }

      const answers = await Promise.all(
        Array.from({ length: callers }, () => evergrant.getAccessToken(handle, { force: true })),
      )

      expect(answers.every((answer) => answer.accessToken !== before.accessToken)).toBe(true)
      expect(spent()).toHaveLength(2)
      expect(new Set(spent()).size).toBe(2)
    })

    it("B22 does not paper over a forced refresh that failed", async () => {
      const { evergrant, provider, signIn } = await createScene()
      const handle = await signIn()
      provider.once("token", () => new Response(null, { status: 503 }))

      await expect(evergrant.getAccessToken(handle, { force: true })).rejects.toMatchObject({
        code: "provider_unavailable",
      })
      expect((await evergrant.getAccessToken(handle)).expiresAt).toBeGreaterThan(0)
    })
  })

  describe("a clock that differs from the provider's", () => {
    it.each([-300, 300])("B23 counts the life of a token from its own clock, %i s off", async (offset) => {
      const { evergrant, clock, provider, spent, signIn, told } = await createScene()
      const handle = await signIn()
      // The provider's tokens carry its own idea of the time; `expires_in` is a span and does not.
      const theirs = Math.floor(clock.now()) + offset
      const stamps = { iat: theirs, exp: theirs + 300 }
      const access = await provider.signAccessToken(stamps)
      const idToken = await provider.signIdToken(stamps)
      provider.once("token", async () =>
        Response.json(await provider.tokens({ access_token: access, id_token: idToken })),
      )
      const refreshed = await evergrant.getAccessToken(handle, { force: true })
      expect(refreshed.expiresAt).toBe(Math.floor(clock.now() + 300))

      await clock.advance(269)
      expect(await evergrant.getAccessToken(handle)).toEqual(refreshed)
      await evergrant.close()
      expect(spent()).toHaveLength(1)
      expect(told("session.ended")).toEqual([])
    })

    it("B23 refreshes once, and signs nobody out, when the clock jumps ahead by a quarter of an hour", async () => {
      const { evergrant, clock, spent, signIn, told } = await createScene()
      const handle = await signIn()
      await clock.advance(900)

      await evergrant.getAccessToken(handle)
      await evergrant.getAccessToken(handle)

      expect(spent()).toHaveLength(1)
      expect(told("session.ended")).toEqual([])
    })

    it("B23 counts from the moment of the request, not of a slow answer", async () => {
      const { evergrant, clock, provider, signIn } = await createScene()
      const handle = await signIn()
      const sentAt = clock.now()
      provider.once("token", async (request) => {
        const answer = await provider.usual(request)
        await clock.advance(3)
        return answer
      })

      const answer = await evergrant.getAccessToken(handle, { force: true })

      expect(answer.expiresAt).toBe(sentAt + 300)
    })
  })
})
