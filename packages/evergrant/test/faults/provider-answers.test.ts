/** Rows B1 to B11: what a provider may answer, and what the user notices of it. */
import { describe, expect, it } from "vitest"
import type { AccessToken } from "../../src/session/serve-token.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { afterExpiry, expectRecovery, expire } from "./scene/expired.ts"
import { enterAnotherProcess } from "./scene/scene.ts"
import { type Answer, invalidGrant, networkFailure, silence } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

describeEachStore("the provider", ({ createScene }) => {
  const page = "<!doctype html><title>502 Bad Gateway</title>"
  const html = { "content-type": "text/html" }

  const oauthError =
    (error: string, status: number, headers: Record<string, string> = {}): Answer =>
    () =>
      Response.json({ error }, { status, headers })

  const expired = async () => expire(await createScene())

  describe("the provider says no", () => {
    it("B1 ends the session once, with a reason and one event, and never asks again", async () => {
      const { evergrant, provider, spent, told, handle } = await expired()
      provider.always("token", invalidGrant)

      const refused = { code: "signed_out", reason: "provider_session_ended" }
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject(refused)
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject(refused)
      await expect(evergrant.refreshSession(handle)).rejects.toMatchObject(refused)
      expect(await evergrant.readSession(handle)).toEqual({
        status: "signed_out",
        reason: "provider_session_ended",
      })

      expect(spent()).toEqual(["refresh-1"])
      expect(told("session.ended")).toMatchObject([{ user: "user-1", reason: "provider_session_ended" }])
      expect(told("refresh.failed")).toMatchObject([{ kind: "terminal" }])
    })

    it("B1 tells all who wait the same", async () => {
      const { evergrant, provider, spent, told, handle } = await expired()
      provider.always("token", invalidGrant)

      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, () => evergrant.getAccessToken(handle)),
      )

      for (const answer of answers) {
        expect(answer).toMatchObject({ status: "rejected", reason: { reason: "provider_session_ended" } })
      }
      expect(spent()).toHaveLength(1)
      expect(told("session.ended")).toHaveLength(1)
    })

    it.each([
      ["invalid_client", 401],
      ["invalid_client", 400],
      ["unauthorized_client", 400],
      ["invalid_scope", 400],
      ["unsupported_grant_type", 400],
      ["invalid_request", 400],
      ["access_denied", 403],
      ["invalid_grant", 401],
    ])("B3 signs nobody out by %s (%i), raises the alarm and recovers alone", async (error, status) => {
      const scene = await expired()
      const { evergrant, provider, told, handle } = scene
      provider.always("token", oauthError(error, status))

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      expect(told("provider.misconfigured")).toMatchObject([{ provider: "oidc", code: error }])
      provider.always("token", undefined)
      await expectRecovery(scene)
    })

    it("B3 serves the token while it is good, and does not ask at each call", async () => {
      const { evergrant, clock, provider, signIn, spent } = await createScene()
      const handle = await signIn()
      const before = await evergrant.getAccessToken(handle)
      provider.always("token", oauthError("invalid_client", 401))
      await clock.advance(280)

      for (let call = 0; call < 10; call += 1) {
        expect(await evergrant.getAccessToken(handle)).toEqual(before)
      }
      await evergrant.close()

      expect(spent()).toHaveLength(1)
    })
  })

  describe("the provider cannot answer now", () => {
    it.each([429, 503])("B4 respects Retry-After of a %i and keeps the session", async (status) => {
      const scene = await expired()
      const { evergrant, clock, provider, spent, handle } = scene
      provider.once("token", oauthError("temporarily_unavailable", status, { "retry-after": "17" }))

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
        code: "provider_unavailable",
        retryAfter: 17,
      })
      await clock.advance(16)
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ retryAfter: 1 })
      expect(spent()).toHaveLength(1)
      await expectRecovery(scene)
    })

    const answers: [string, Answer][] = [
      ["500 without a body", () => new Response(null, { status: 500 })],
      ["502 with a page", () => new Response(page, { status: 502, headers: html })],
      ["200 with a page", () => new Response(page, { status: 200, headers: html })],
      ["200 without a body", () => new Response(null, { status: 200 })],
      ["400 with a page", () => new Response(page, { status: 400, headers: html })],
      ["400 with an unknown error", oauthError("something_new", 400)],
    ]
    it.each(answers)("B5 takes %s for a passing fault", async (_name, answer) => {
      const scene = await expired()
      const { evergrant, provider, told, handle } = scene
      provider.tolerateReuse = true
      provider.once("token", answer)

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      expect(told("refresh.failed")).toMatchObject([{ kind: "transient" }])
      await expectRecovery(scene)
    })

    it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
      "B6 tries safely again after %s: nothing was sent, nothing is in doubt",
      async (code) => {
        const scene = await expired()
        const { evergrant, provider, grant, told, handle } = scene
        provider.once("token", () => {
          throw networkFailure(code)
        })

        await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

        expect((await grant(handle)).intent).toBeNull()
        await expectRecovery(scene)
        expect(told("tokens.recovered")).toEqual([])
      },
    )

    it("B7 A10 keeps the intent when the connection broke after the request was sent", async () => {
      const { evergrant, clock, provider, grant, told, handle } = await expired()
      provider.once("token", async (request) => {
        await provider.usual(request)
        throw networkFailure("ECONNRESET")
      })

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      const { intent, tokenHash, generation } = await grant(handle)
      expect(intent?.tokenHash).toBe(tokenHash)
      expect(generation).toBe(1)
      expect(told("session.ended")).toEqual([])

      // A strict provider refuses the token that it has rotated already, and that is told from "the user is out".
      await clock.advance(20)
      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ reason: "rotation_lost" })
      expect(told("session.ended")).toMatchObject([{ reason: "rotation_lost" }])
    })

    it("B7 gives up a request that outlives its limit, and keeps the intent", async () => {
      const { evergrant, clock, provider, grant, told, handle } = await expired()
      provider.once("token", silence)
      const waiting = evergrant.getAccessToken(handle).catch((error: unknown) => error)
      await until(() => provider.requests("token").length === 1)
      await clock.advance(5)

      expect(await waiting).toMatchObject({ code: "provider_unavailable" })
      expect(told("refresh.failed")).toEqual([])
      await clock.advance(56)
      await until(() => told("refresh.failed").length > 0)

      expect(told("refresh.failed")).toMatchObject([{ kind: "transient", code: "timeout" }])
      expect((await grant(handle)).intent).not.toBeNull()
    })
  })

  describe("the provider answers something that is no token response", () => {
    const json = { "content-type": "application/json" }
    const bodies: [string, BodyInit][] = [
      ["truncated JSON", '{"access_token":"abc","refresh_tok'],
      ["an array", "[]"],
      ["null", "null"],
      ["a string", '"access_token"'],
      ["no access token", JSON.stringify({ token_type: "Bearer", refresh_token: "r" })],
      ["an empty access token", JSON.stringify({ access_token: "", token_type: "Bearer" })],
      ["a number for an access token", JSON.stringify({ access_token: 7, token_type: "Bearer" })],
      [
        "an object for a refresh token",
        JSON.stringify({ access_token: "a", token_type: "Bearer", refresh_token: {} }),
      ],
      [
        "an empty refresh token",
        JSON.stringify({ access_token: "a", token_type: "Bearer", refresh_token: "" }),
      ],
      ["two megabytes", JSON.stringify({ access_token: "a".repeat(2 * 1024 * 1024), token_type: "Bearer" })],
    ]
    it.each(bodies)("B8 refuses %s, overwrites nothing and keeps the intent", async (_name, body) => {
      const scene = await expired()
      const { evergrant, provider, grant, handle } = scene
      provider.once("token", () => new Response(body, { status: 200, headers: json }))

      await expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({ code: "provider_unavailable" })

      expect((await grant(handle)).intent).not.toBeNull()
      await expectRecovery(scene)
    })
  })

  describe("the provider leaves something out, or says something odd", () => {
    it("B9 keeps the refresh token when the answer brings none", async () => {
      const { evergrant, clock, provider, spent, grant, handle } = await expired()
      provider.tolerateReuse = true
      provider.once("token", async () => Response.json(await provider.tokens({ refresh_token: undefined })))

      const first = await evergrant.getAccessToken(handle)
      await clock.advance(afterExpiry)
      const second = await evergrant.getAccessToken(handle)

      expect(second.accessToken).not.toBe(first.accessToken)
      expect(spent()).toEqual(["refresh-1", "refresh-1"])
      expect((await grant(handle)).generation).toBe(3)
    })

    it.each([
      ["missing", undefined, 300],
      ["zero", 0, 300],
      ["next to nothing", 3.5e-323, 300],
      ["negative", -5, 300],
      ["null", null, 300],
      ["no number", "soon", 300],
      ["an empty string", "", 300],
      ["a number in a string", "120", 120],
      ["enormous", 1e18, 30 * 24 * 3600],
      ["past what 32 bits hold", 2 ** 31 + 5, 30 * 24 * 3600],
    ])("B10 gives a token whose expires_in is %s a defined life", async (_name, value, life) => {
      const { evergrant, clock, provider, spent, grant, handle } = await expired()
      provider.once("token", async () => Response.json(await provider.tokens({ expires_in: value })))

      const answer = await evergrant.getAccessToken(handle)

      expect(answer.expiresAt).toBe(Math.floor(clock.now() + life))
      expect((await grant(handle)).generation).toBe(2)
      expect(spent()).toEqual(["refresh-1"])
    })

    it("B11 keeps claims, profile and hint when the answer brings no ID token", async () => {
      const scene = await createScene()
      const { evergrant, clock, provider } = scene
      provider.claims = { plan: "gold", name: "Alice Liddell" }
      const handle = await scene.signIn()
      const hint = await provider.signIdToken({ nonce: "first" })
      provider.once("token", async () => Response.json(await provider.tokens({ id_token: hint })))
      await clock.advance(afterExpiry)
      await evergrant.getAccessToken(handle)
      provider.once("token", async () => Response.json(await provider.tokens({ id_token: undefined })))

      const session = await evergrant.refreshSession(handle)
      await evergrant.signOut(handle, "https://app.example/signed-out")

      expect(session.claims).toEqual({ plan: "gold" })
      expect(session.token.name).toBe("Alice Liddell")
      expect(session.grants[0]?.generation).toBe(3)
      expect(provider.requests("logout")[0]?.form.get("id_token_hint")).toBe(hint)
    })
  })

  describe("what a sign-in says of the token's end", () => {
    it.each<[string, unknown]>([
      ["text", "2030-01-01T00:00:00Z"],
      ["milliseconds", 1_900_000_000_000],
      ["nothing that is a number", Number.NaN],
      ["null", null],
    ])("B10 never means for ever, even as %s", async (_what, stated) => {
      const { clock, signIn, grant, evergrant, spent } = await createScene()
      const handle = await signIn({ account: { expires_at: stated, expires_in: undefined } })

      expect((await grant(handle)).expiresAt).toBe(clock.now() + 300)
      await clock.advance(afterExpiry)
      await evergrant.getAccessToken(handle)
      expect(spent()).toEqual(["refresh-1"])
    })

    it("B10 is believed when it is an instant that a token may have, past ones too", async () => {
      const { clock, signIn, grant } = await createScene()
      const soon = await signIn({ account: { expires_at: clock.now() + 90, expires_in: undefined } })
      expect((await grant(soon)).expiresAt).toBe(clock.now() + 90)
      const past = await signIn({ account: { expires_at: clock.now() - 90, expires_in: undefined } })
      expect((await grant(past)).expiresAt).toBe(clock.now() - 90)
    })
  })
})

describeEachStore(
  "a sibling in another process",
  { without: { memory: "one process", cookie: "one process" } },
  ({ createScene }) => {
    it("B2 uses the newer generation when a sibling rotated before the refusal", async () => {
      const scene = await expire(await createScene())
      const { evergrant, clock, provider, replaced, spent, grant, told, handle } = scene
      replaced.acquireLease = async () => true
      let sibling: AccessToken | undefined
      provider.once("token", async () => {
        enterAnotherProcess()
        sibling = await clock.runUntilDone(evergrant.getAccessToken(handle))
        return invalidGrant()
      })

      const answer = await evergrant.getAccessToken(handle)

      expect(answer).toEqual(sibling)
      expect(spent()).toEqual(["refresh-1", "refresh-1"])
      expect((await grant(handle)).generation).toBe(2)
      expect(told("session.ended")).toEqual([])
    })
  },
)
