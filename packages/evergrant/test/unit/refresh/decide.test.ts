import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decide, type Plan, type Wish } from "../../../src/refresh/decide.ts"
import type { GrantTimes } from "../../../src/tokens/lifetime.ts"

/** A token of five minutes, received at 1000, in a session that ends at 2800. */
const times: GrantTimes = { receivedAt: 1000, expiresAt: 1300, sessionExpiresAt: 2800 }
const short: GrantTimes = { receivedAt: 1000, expiresAt: 1010, sessionExpiresAt: 2800 }
const endless: GrantTimes = { receivedAt: 1000, expiresAt: 1300, sessionExpiresAt: null }
/** The session ends before the access token does. */
const last: GrantTimes = { receivedAt: 1000, expiresAt: 1300, sessionExpiresAt: 1100 }
/** Lives too short to be refreshed ahead. */
const tiny: GrantTimes = { receivedAt: 1000, expiresAt: 1001.5, sessionExpiresAt: null }

type Row = [what: string, GrantTimes, wish: Partial<Wish> & { now: number }, plan: Plan]

describe("decide", () => {
  it.each<Row>([
    ["serves a fresh token", times, { now: 1000 }, { do: "serve" }],
    ["serves up to the margin", times, { now: 1269.9 }, { do: "serve" }],
    ["refreshes ahead from the margin on", times, { now: 1270 }, { do: "serve_and_refresh" }],
    ["refreshes ahead until its last two seconds", times, { now: 1297.9 }, { do: "serve_and_refresh" }],
    ["takes a token that would expire on its way for expired", times, { now: 1298 }, { do: "refresh" }],
    [
      "waits for a short one in its last twentieth alone",
      short,
      { now: 1009.4 },
      { do: "serve_and_refresh" },
    ],
    ["waits for it there", short, { now: 1009.5 }, { do: "refresh" }],
    ["serves even that within a pause", times, { now: 1299, notBefore: 1310 }, { do: "serve" }],
    ["refreshes at expiry", times, { now: 1300 }, { do: "refresh" }],
    ["refreshes long after expiry", times, { now: 2799 }, { do: "refresh" }],
    ["ends with the provider's session", times, { now: 2800 }, { do: "end" }],
    ["never ends where no end is known", endless, { now: 1e9 }, { do: "refresh" }],

    ["clamps the margin to a fifth of the life", short, { now: 1007.9 }, { do: "serve" }],
    ["refreshes in the last fifth", short, { now: 1008 }, { do: "serve_and_refresh" }],
    ["does not refresh a tiny token ahead", tiny, { now: 1001.4 }, { do: "serve" }],
    ["refreshes a tiny token at its end", tiny, { now: 1001.5 }, { do: "refresh" }],
    ["counts the margin from the session's end if that is first", last, { now: 1079.9 }, { do: "serve" }],
    ["refreshes before the session's end", last, { now: 1080 }, { do: "serve_and_refresh" }],
    ["ends although the access token lives", last, { now: 1100 }, { do: "end" }],
    ["needs no margin to be asked for", times, { now: 1297, ahead: 0 }, { do: "serve" }],

    ["serves what lives long enough", times, { now: 1199, minValidity: 100 }, { do: "serve" }],
    ["refreshes what does not", times, { now: 1200, minValidity: 100 }, { do: "refresh" }],
    ["clamps the wish to half of the life", times, { now: 1149, minValidity: 9999 }, { do: "serve" }],
    ["refreshes in the second half at most", times, { now: 1150, minValidity: 9999 }, { do: "refresh" }],

    ["does not try within a pause", times, { now: 1280, notBefore: 1290 }, { do: "serve" }],
    ["tries at its end", times, { now: 1290, notBefore: 1290 }, { do: "serve_and_refresh" }],
    [
      "cannot serve an expired token within a pause",
      times,
      { now: 1301, notBefore: 1310 },
      { do: "unavailable", retryAfter: 9 },
    ],
    ["tries an expired one after it", times, { now: 1310, notBefore: 1310 }, { do: "refresh" }],
    [
      "serves less than was wished for within a pause",
      times,
      { now: 1250, minValidity: 100, notBefore: 1260 },
      { do: "serve" },
    ],
    ["ends within a pause", times, { now: 2800, notBefore: 2900 }, { do: "end" }],

    ["asks for a good token by force", times, { now: 1000, force: true }, { do: "refresh" }],
    ["asks by force within a pause", times, { now: 1000, force: true, notBefore: 1100 }, { do: "refresh" }],
    ["forces nothing out of a session that is over", times, { now: 2800, force: true }, { do: "end" }],
  ])("%s", (_what, grant, wish, plan) => {
    expect(decide(grant, { ahead: 30, ...wish })).toEqual(plan)
  })

  const instant = fc.double({ min: 0, max: 5000, noNaN: true })
  const span = fc.double({ min: 0.001, max: 3000, noNaN: true })
  const anyTimes = fc
    .record({ receivedAt: instant, life: span, session: fc.option(span) })
    .map(({ receivedAt, life, session }) => ({
      receivedAt,
      expiresAt: receivedAt + life,
      sessionExpiresAt: session === null ? null : receivedAt + session,
    }))
  const anyWish = fc
    .record({
      now: instant,
      ahead: span,
      minValidity: fc.option(span, { nil: undefined }),
      force: fc.option(fc.boolean(), { nil: undefined }),
      notBefore: fc.option(instant, { nil: undefined }),
    })
    .map(({ now, ahead, ...rest }): Wish => {
      const { minValidity, force, notBefore } = rest
      return {
        now,
        ahead,
        ...(minValidity === undefined ? {} : { minValidity }),
        ...(force === undefined ? {} : { force }),
        ...(notBefore === undefined ? {} : { notBefore }),
      }
    })
  const always = (holds: (grant: GrantTimes, wish: Wish, plan: Plan) => void) =>
    fc.assert(
      fc.property(anyTimes, anyWish, (grant, wish) => holds(grant, wish, decide(grant, wish))),
      { numRuns: 2000 },
    )

  it("never serves an expired token, nor one of a session that is over", () => {
    always((grant, { now }, plan) => {
      if (plan.do !== "serve" && plan.do !== "serve_and_refresh") return
      expect(grant.expiresAt).toBeGreaterThan(now)
      expect(grant.sessionExpiresAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now)
    })
  })

  it("ends if, and only if, the provider's session is over", () => {
    always((grant, { now }, plan) => {
      expect(plan.do === "end").toBe(grant.sessionExpiresAt !== null && grant.sessionExpiresAt <= now)
    })
  })

  it("asks the provider within a pause only by force", () => {
    always((_grant, { now, force, notBefore }, plan) => {
      if (force || notBefore === undefined || notBefore <= now) return
      expect(["serve", "unavailable", "end"]).toContain(plan.do)
    })
  })

  it("names a wait of more than nothing when it has nothing to serve", () => {
    always((_grant, { now, notBefore }, plan) => {
      if (plan.do !== "unavailable") return
      expect(plan.retryAfter).toBeGreaterThan(0)
      expect(plan.retryAfter).toBe((notBefore ?? now) - now)
    })
  })

  it("does not refresh a token ahead in the first half of its life", () => {
    always((grant, { now }, plan) => {
      const end = Math.min(grant.expiresAt, grant.sessionExpiresAt ?? Number.POSITIVE_INFINITY)
      if (plan.do === "serve_and_refresh") expect(now).toBeGreaterThan((grant.receivedAt + end) / 2)
    })
  })
})
