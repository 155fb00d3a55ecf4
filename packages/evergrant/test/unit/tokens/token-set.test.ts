import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type TokenSet, toTokenSet } from "../../../src/tokens/token-set.ts"

const previous: TokenSet = {
  accessToken: "old access",
  refreshToken: "old refresh",
  idToken: "old id",
  scope: "openid profile",
  receivedAt: 1000,
  expiresAt: 1300,
  sessionExpiresAt: 2800,
}

describe("toTokenSet", () => {
  it("takes what the response brings", () => {
    const response = {
      access_token: "access",
      refresh_token: "refresh",
      id_token: "id",
      expires_in: 60,
      refresh_expires_in: 1800,
      scope: "openid",
    }
    expect(toTokenSet(response, 5000, previous)).toEqual({
      accessToken: "access",
      refreshToken: "refresh",
      idToken: "id",
      scope: "openid",
      receivedAt: 5000,
      expiresAt: 5060,
      sessionExpiresAt: 6800,
    })
  })

  it("B9 keeps the refresh token, and the end of its session, when the response brings none", () => {
    const next = toTokenSet({ access_token: "access", expires_in: 60 }, 5000, previous)

    expect(next.refreshToken).toBe("old refresh")
    expect(next.sessionExpiresAt).toBe(2800)
  })

  it("B9 refuses to make a set that could never be refreshed", () => {
    expect(() => toTokenSet({ access_token: "access" }, 5000)).toThrow(TypeError)
    expect(() => toTokenSet({ access_token: "access", refresh_token: "" }, 5000)).toThrow(TypeError)
  })

  it("B11 keeps the ID token when the response brings none", () => {
    expect(toTokenSet({ access_token: "access" }, 5000, previous).idToken).toBe("old id")
    expect(toTokenSet({ access_token: "access", refresh_token: "r" }, 5000).idToken).toBeNull()
  })

  it("keeps the scope when the response does not repeat it, or says something odd", () => {
    expect(toTokenSet({ access_token: "access" }, 5000, previous).scope).toBe("openid profile")
    expect(toTokenSet({ access_token: "access", scope: 7 }, 5000, previous).scope).toBe("openid profile")
    expect(toTokenSet({ access_token: "access", scope: "" }, 5000, previous).scope).toBe("")
  })

  it.each<[string, unknown, number | null]>([
    ["a span", 600, 5600],
    ["a span in a string", "600", 5600],
    ["zero, which means unknown at Keycloak", 0, null],
    ["a negative span", -1, null],
    ["no number", "never", null],
    ["null", null, null],
    ["infinity", Number.POSITIVE_INFINITY, null],
  ])("reads refresh_expires_in as the session's end: %s", (_name, value, end) => {
    const response = { access_token: "a", refresh_token: "r", refresh_expires_in: value }
    expect(toTokenSet(response, 5000, previous).sessionExpiresAt).toBe(end)
  })

  it("does not carry the old session's end over to a rotated token whose end is not told", () => {
    expect(toTokenSet({ access_token: "a", refresh_token: "r" }, 5000, previous).sessionExpiresAt).toBeNull()
  })

  it("never throws and always ends in a finite time, whatever the response says", () => {
    const odd = fc.anything()
    fc.assert(
      fc.property(odd, odd, odd, (expires_in, refresh_expires_in, scope) => {
        const next = toTokenSet({ access_token: "a", expires_in, refresh_expires_in, scope }, 5000, previous)
        expect(Number.isFinite(next.expiresAt)).toBe(true)
        // Not "later": a span below what a number can hold beside the epoch is no span.
        expect(next.expiresAt).toBeGreaterThanOrEqual(5000)
        expect(next.refreshToken).toBe("old refresh")
        if (next.sessionExpiresAt !== null) expect(Number.isFinite(next.sessionExpiresAt)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
