/** Rows A1 to A12 and A19: many callers, many processes, crashes between two steps. */
import { describe, expect, it } from "vitest"
import { hashSecret } from "../../src/tokens/token-hash.ts"
import { describeEachStore } from "../stores/each-store.ts"
import { createGate, enterAnotherProcess } from "./scene/scene.ts"
import { invalidGrant, networkFailure } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

const afterExpiry = 301

describeEachStore("one process", ({ createScene }) => {
  it("A1 turns 100 parallel callers at expiry into one token request, and gives all the new token", async () => {
    const { evergrant, clock, signIn, spent, grant } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)

    const answers = await Promise.all(Array.from({ length: 100 }, () => evergrant.getAccessToken(handle)))

    expect(spent()).toEqual(["refresh-1"])
    expect(new Set(answers.map((answer) => answer.accessToken)).size).toBe(1)
    expect(answers[0]?.expiresAt).toBeGreaterThan(clock.now())
    expect((await grant(handle)).generation).toBe(2)
  })

  it("A1 mixes readers of the session and of the token, and still refreshes once", async () => {
    const { evergrant, clock, signIn, spent } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)

    const [reading] = await Promise.all([
      evergrant.readSession(handle),
      evergrant.getAccessToken(handle),
      evergrant.readSession(handle),
      evergrant.getAccessToken(handle, { minValidity: 60 }),
    ])

    expect(spent()).toEqual(["refresh-1"])
    expect(reading.status === "session" && reading.view.grants[0]?.generation).toBe(2)
  })

  it.each([0.001, 10, 300])(
    "A4 leads an old cookie to the current token %s s after a rotation",
    async (later) => {
      const { evergrant, clock, signIn, spent, grant } = await createScene()
      const handle = await signIn()
      const fresh = await evergrant.getAccessToken(handle, { force: true })

      await clock.advance(later)
      const answer = await evergrant.getAccessToken(handle)

      expect((await grant(handle)).generation).toBeGreaterThanOrEqual(2)
      if (later < 300) expect(answer).toEqual(fresh)
      expect(new Set(spent()).size).toBe(spent().length)
    },
  )

  it("A6 finishes and stores a refresh whose first caller has gone", async () => {
    const { evergrant, clock, provider, signIn, spent, grant } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)
    const reached = createGate()
    const answer = createGate()
    provider.once("token", async (request) => {
      reached.open()
      await answer.passed
      return provider.usual(request)
    })
    const gone = evergrant.getAccessToken(handle)
    await reached.passed
    await Promise.all([
      expect(gone).rejects.toMatchObject({ code: "provider_unavailable" }),
      clock.advance(4.1),
    ])

    const joined = evergrant.getAccessToken(handle)
    answer.open()

    expect((await joined).expiresAt).toBeGreaterThan(clock.now())
    expect((await grant(handle)).generation).toBe(2)
    expect(spent()).toEqual(["refresh-1"])
  })

  it("A9 recovers a rotation whose holder died before storing it, where the provider allows reuse", async () => {
    const { evergrant, clock, provider, signIn, spent, grant, told } = await createScene()
    provider.tolerateReuse = true
    const handle = await signIn()
    await clock.advance(afterExpiry)
    await dieBeforeStoring(handle)

    async function dieBeforeStoring(login: string): Promise<void> {
      provider.once("token", async (request) => {
        await provider.usual(request)
        throw networkFailure("ECONNRESET")
      })
      await expect(evergrant.getAccessToken(login)).rejects.toMatchObject({ code: "provider_unavailable" })
      await clock.advance(10)
    }
    const answer = await evergrant.getAccessToken(handle)

    expect(answer.expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toEqual(["refresh-1", "refresh-1"])
    expect(told("tokens.recovered")).toHaveLength(1)
    expect((await grant(handle)).intent).toBeNull()
  })

  it("A19 refreshes once for two applications that were composed alike in one process", async () => {
    const { evergrant, again, clock, signIn, spent } = await createScene()
    const handle = await signIn()
    await clock.advance(afterExpiry)

    const [one, two] = await Promise.all([evergrant.getAccessToken(handle), again({}).getAccessToken(handle)])

    expect(two).toEqual(one)
    expect(spent()).toEqual(["refresh-1"])
  })
})

describeEachStore(
  "several processes",
  { without: { memory: "one process", cookie: "one process" } },
  ({ createScene }) => {
    it("A3 returns the stored set when another process refreshed first, without asking the provider", async () => {
      const { evergrant, clock, provider, signIn, spent, replaced, store, grant } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      // The late process has read the login before the other one refreshed.
      const real = await store()
      const before = await real.readLogin(await hashSecret(handle))
      const first = await evergrant.getAccessToken(handle)
      expect(spent()).toHaveLength(1)

      enterAnotherProcess()
      let stale = true
      replaced.readLogin = async (hash) => {
        if (!stale) return real.readLogin(hash)
        stale = false
        return before
      }
      const late = await evergrant.getAccessToken(handle)

      expect(late).toEqual(first)
      expect(provider.requests("token")).toHaveLength(1)
      expect((await grant(handle)).generation).toBe(2)
    })

    it("A3 takes the result of the lease's holder instead of the lease", async () => {
      const { evergrant, clock, provider, signIn, spent } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      const reached = createGate()
      const answer = createGate()
      provider.once("token", async (request) => {
        reached.open()
        await answer.passed
        return provider.usual(request)
      })
      const holder = evergrant.getAccessToken(handle)
      await reached.passed

      enterAnotherProcess()
      const waiter = evergrant.getAccessToken(handle)
      await until(() => clock.waiting().some((delay) => delay < 0.03))
      answer.open()
      const held = await holder

      expect(await clock.runUntilDone(waiter)).toEqual(held)
      expect(spent()).toEqual(["refresh-1"])
    })

    it("A7 renews the lease while the token endpoint is slow, so that nobody asks a second time", async () => {
      const { evergrant, clock, provider, signIn, spent, grant } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      const reached = createGate()
      const answer = createGate()
      provider.once("token", async (request) => {
        reached.open()
        await answer.passed
        return provider.usual(request)
      })
      const holder = expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
        code: "provider_unavailable",
      })
      await reached.passed
      // Five times the lease. Each renewal is seen before the time goes on.
      for (let step = 0; step < 25; step += 1) {
        await clock.advance(2)
        await until(() => clock.waiting().some((delay) => delay > 3 && delay < 4))
      }
      await holder

      enterAnotherProcess()
      const second = evergrant.getAccessToken(handle)
      await until(() => clock.waiting().some((delay) => delay < 0.03))
      expect(spent()).toEqual(["refresh-1"])
      answer.open()
      await until(async () => (await grant(handle)).generation === 2)

      expect((await clock.runUntilDone(second)).expiresAt).toBeGreaterThan(clock.now())
      expect(spent()).toEqual(["refresh-1"])
      expect((await grant(handle)).generation).toBe(2)
    })

    it("A8 refreshes once the lease of a killed holder has run out; the user notices a delay only", async () => {
      const { evergrant, clock, signIn, spent, store, replaced, grant, told } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      const real = await store()
      const killed = createGate()
      replaced.beginRefresh = async (...intent) => {
        await real.beginRefresh(...intent)
        killed.open()
        return new Promise(() => {})
      }
      replaced.renewLease = () => new Promise(() => {})
      const victim = expect(evergrant.getAccessToken(handle)).rejects.toMatchObject({
        code: "provider_unavailable",
      })
      await killed.passed
      enterAnotherProcess()
      delete replaced.beginRefresh

      const blocked = evergrant.getAccessToken(handle)
      await expect(clock.runUntilDone(blocked)).rejects.toMatchObject({ code: "provider_unavailable" })
      await victim
      expect(spent()).toEqual([])
      await clock.runUntilDone(until(async () => (await grant(handle)).generation === 2))
      const answer = await evergrant.getAccessToken(handle)

      expect(answer.expiresAt).toBeGreaterThan(clock.now())
      expect(spent()).toEqual(["refresh-1"])
      expect(told("session.ended")).toEqual([])
    })

    it("A11 lets the compare-and-set decide between a frozen holder and its successor", async () => {
      const { evergrant, clock, provider, signIn, replaced, store, grant, told } = await createScene()
      provider.tolerateReuse = true
      const handle = await signIn()
      await clock.advance(afterExpiry)
      const frozen = createGate()
      const thaw = createGate()
      const real = await store()
      replaced.renewLease = async () => false
      const late = createGate<string>()
      replaced.commitRefresh = async (...commit) => {
        delete replaced.commitRefresh
        frozen.open()
        await thaw.passed
        const outcome = await real.commitRefresh(...commit)
        late.open(outcome)
        return outcome
      }
      const first = evergrant.getAccessToken(handle).catch((error: unknown) => error)
      await frozen.passed
      await clock.advance(11)

      enterAnotherProcess()
      const second = await clock.runUntilDone(evergrant.getAccessToken(handle))
      const stored = await grant(handle)
      thaw.open()

      expect(await late.passed).toBe("conflict")
      expect(await first).toMatchObject({ code: "provider_unavailable" })
      expect((await evergrant.getAccessToken(handle)).accessToken).toBe(second.accessToken)
      expect(await grant(handle)).toEqual(stored)
      expect(stored.generation).toBe(2)
      expect(told("session.ended")).toEqual([])
    })

    it("A11 never brings back a login that was given up while its holder was frozen", async () => {
      const { evergrant, clock, provider, signIn, replaced, store, told } = await createScene()
      const handle = await signIn()
      await clock.advance(afterExpiry)
      const frozen = createGate()
      const thaw = createGate()
      const real = await store()
      replaced.renewLease = async () => false
      replaced.commitRefresh = async (...commit) => {
        delete replaced.commitRefresh
        frozen.open()
        await thaw.passed
        return real.commitRefresh(...commit)
      }
      const first = evergrant.getAccessToken(handle).catch((error: unknown) => error)
      await frozen.passed
      await clock.advance(61)

      enterAnotherProcess()
      await expect(clock.runUntilDone(evergrant.getAccessToken(handle))).rejects.toMatchObject({
        reason: "rotation_lost",
      })
      thaw.open()
      await until(() => provider.requests("revocation").length > 0)

      await first
      expect([...provider.live]).toEqual([])
      expect(await evergrant.readSession(handle)).toEqual({ status: "signed_out", reason: "rotation_lost" })
      expect(told("session.ended")).toHaveLength(1)
    })

    describe("two nodes that both hold the lease, because their lock store fell apart", () => {
      it.each([
        ["after", true],
        ["before", false],
      ])(
        "A12 uses the winner's tokens when the refusal comes %s they are stored",
        async (_when, storedFirst) => {
          const { evergrant, clock, provider, signIn, replaced, store, spent, grant, told } =
            await createScene()
          const handle = await signIn()
          await clock.advance(afterExpiry)
          const real = await store()
          const refused = createGate()
          const stored = createGate()
          replaced.acquireLease = async () => true
          replaced.commitRefresh = async (...commit) => {
            if (!storedFirst) await refused.passed
            const outcome = await real.commitRefresh(...commit)
            stored.open()
            return outcome
          }
          provider.once("token", async (request) => {
            await until(() => spent().length === 2)
            return provider.usual(request)
          })
          provider.once("token", async () => {
            if (storedFirst) await stored.passed
            return invalidGrant()
          })

          const winner = evergrant.getAccessToken(handle)
          await until(() => spent().length === 1)
          enterAnotherProcess()
          const loser = evergrant.getAccessToken(handle)
          await clock.runUntilDone(until(() => spent().length === 2))
          if (!storedFirst) {
            // The refused node has looked at the store once more, and waits, before the winner writes.
            await until(() => clock.waiting().some((delay) => delay <= 0.25))
            refused.open()
          }

          const answer = await winner
          expect(await clock.runUntilDone(loser)).toEqual(answer)
          expect(spent()).toEqual(["refresh-1", "refresh-1"])
          expect((await grant(handle)).generation).toBe(2)
          expect(told("session.ended")).toEqual([])
        },
      )
    })
  },
)

describe("A19 a module that was loaded twice", () => {
  interface Flights {
    joinFlight: typeof import("../../src/refresh/single-flight.ts").joinFlight
  }
  const file = new URL("../../src/refresh/single-flight.ts", import.meta.url).href
  const load = (copy: string): Promise<Flights> => import(/* @vite-ignore */ `${file}?copy=${copy}`)

  it("A19 shares one flight between two copies of the module", async () => {
    const [one, two] = await Promise.all([load("one"), load("two")])
    expect(one.joinFlight).not.toBe(two.joinFlight)
    const clock = { now: () => 0 }
    const key = crypto.randomUUID()
    const landing = createGate<string>()
    let started = 0
    const start = () => {
      started += 1
      return landing.passed
    }

    const flights = [one.joinFlight(key, false, clock, start), two.joinFlight(key, false, clock, start)]
    landing.open("landed")

    expect(await Promise.all(flights.map((flight) => flight.result))).toEqual(["landed", "landed"])
    expect(started).toBe(1)
  })
})
