import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  accessTokenLife,
  defaultAccessTokenLife,
  type GrantTimes,
  gainsNothing,
  longestAccessTokenLife,
  refreshDueAt,
  spreadOf,
  usableUntil,
} from "../../../src/tokens/lifetime.ts"
import { hashSecret } from "../../../src/tokens/token-hash.ts"

describe("accessTokenLife", () => {
  it.each<[unknown, number]>([
    [300, 300],
    [0.5, 0.5],
    ["300", 300],
    [" 60 ", 60],
    [undefined, defaultAccessTokenLife],
    [null, defaultAccessTokenLife],
    ["", defaultAccessTokenLife],
    ["  ", defaultAccessTokenLife],
    ["soon", defaultAccessTokenLife],
    ["300s", defaultAccessTokenLife],
    [0, defaultAccessTokenLife],
    [-1, defaultAccessTokenLife],
    [Number.NaN, defaultAccessTokenLife],
    [Number.POSITIVE_INFINITY, defaultAccessTokenLife],
    [{}, defaultAccessTokenLife],
    [{ toString: 0 }, defaultAccessTokenLife],
    [true, defaultAccessTokenLife],
    [[60], defaultAccessTokenLife],
    [[1, 2], defaultAccessTokenLife],
    [2 ** 31, longestAccessTokenLife],
    [Number.MAX_VALUE, longestAccessTokenLife],
    ["1e300", longestAccessTokenLife],
  ])("B10 reads expires_in %j as %i seconds", (value, life) => {
    expect(accessTokenLife(value)).toBe(life)
  })

  it("B10 is never for ever, never nothing, whatever a provider sends", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const life = accessTokenLife(value)
        expect(life).toBeGreaterThan(0)
        expect(life).toBeLessThanOrEqual(longestAccessTokenLife)
      }),
      { numRuns: 1000 },
    )
  })

  it("B10 believes a plain positive number of seconds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestAccessTokenLife }), (value) => {
        expect(accessTokenLife(value)).toBe(value)
        expect(accessTokenLife(String(value))).toBe(value)
      }),
    )
  })
})

describe("refreshDueAt", () => {
  it.each([
    [300, 30, 270],
    [300, 0, 300],
    [300, 200, 240],
    [10, 30, 8],
    [2, 30, 1.6],
    [1.9, 30, 1.9],
  ])("is due for a life of %d s and a margin of %d s after %d s", (life, margin, due) => {
    expect(refreshDueAt({ receivedAt: 0, expiresAt: life, sessionExpiresAt: null }, margin)).toBeCloseTo(
      due,
      9,
    )
  })

  it("A20 is due for ten thousand grants of one second over a third of the margin, evenly", async () => {
    const times = { receivedAt: 0, expiresAt: 300, sessionExpiresAt: null }
    const dues = await Promise.all(
      Array.from({ length: 10_000 }, async (_, grant) =>
        refreshDueAt({ ...times, spread: spreadOf(await hashSecret(`refresh-${grant}`)) }, 30),
      ),
    )
    const perSecond = Array.from({ length: 10 }, (_, second) => {
      const from = 270 + second
      return dues.filter((due) => due >= from && due < from + 1).length
    })
    expect(perSecond.reduce((sum, count) => sum + count)).toBe(10_000)
    for (const count of perSecond) expect(count).toBeLessThan(1200)
  })

  it("counts from the session's end where that comes first", () => {
    expect(refreshDueAt({ receivedAt: 0, expiresAt: 300, sessionExpiresAt: 100 }, 30)).toBe(80)
  })

  it("B23 moves with the clock: an offset changes nothing but the offset", () => {
    const span = fc.integer({ min: 1, max: 100_000 })
    fc.assert(
      fc.property(span, span, fc.integer({ min: -300, max: 300 }), (life, margin, skew) => {
        const at = (received: number) =>
          refreshDueAt({ receivedAt: received, expiresAt: received + life, sessionExpiresAt: null }, margin)
        expect(at(10_000 + skew) - skew).toBeCloseTo(at(10_000), 6)
      }),
    )
  })

  it("is never due in the first four fifths of a life, nor after its end", () => {
    const span = fc.double({ min: 0.01, max: 100_000, noNaN: true })
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(span, span, part, (life, margin, spread) => {
        const due = refreshDueAt({ receivedAt: 0, expiresAt: life, sessionExpiresAt: null, spread }, margin)
        expect(due).toBeGreaterThanOrEqual(life * 0.8 - 1e-9)
        expect(due).toBeLessThanOrEqual(life)
      }),
    )
  })
})

describe("gainsNothing", () => {
  const before: GrantTimes = { receivedAt: 0, expiresAt: 300, sessionExpiresAt: 1000 }
  it.each<[string, Partial<GrantTimes>, boolean]>([
    ["a later end", { receivedAt: 270, expiresAt: 570 }, false],
    ["the same end", { receivedAt: 270, expiresAt: 300 }, true],
    ["an earlier end", { receivedAt: 270, expiresAt: 290 }, true],
    ["the same end, rounded up", { receivedAt: 270, expiresAt: 301 }, true],
    ["the end of a session that stays where it is", { receivedAt: 290, expiresAt: 1000 }, true],
    ["an end shortly before that", { receivedAt: 290, expiresAt: 990 }, false],
    ["the end of a session that moves", { receivedAt: 290, expiresAt: 1290, sessionExpiresAt: 1290 }, false],
    [
      "an end where the session's is not known",
      { receivedAt: 290, expiresAt: 590, sessionExpiresAt: null },
      false,
    ],
    ["nothing, but a moment after the last one", { receivedAt: 1.9, expiresAt: 300 }, false],
  ])("B19 judges %s", (_what, changes, nothing) => {
    expect(gainsNothing(before, { ...before, ...changes })).toBe(nothing)
  })
})

describe("usableUntil", () => {
  it("is the earlier of the two ends", () => {
    expect(usableUntil({ receivedAt: 0, expiresAt: 300, sessionExpiresAt: null })).toBe(300)
    expect(usableUntil({ receivedAt: 0, expiresAt: 300, sessionExpiresAt: 100 })).toBe(100)
    expect(usableUntil({ receivedAt: 0, expiresAt: 300, sessionExpiresAt: 900 })).toBe(300)
  })
})
