import { describe, expect, it } from "vitest"
import { flightsLanded, joinFlight } from "../../../src/refresh/single-flight.ts"

const clock = { now: () => 1000 }

/** Flights of one grant that land when the test says so. */
function airport() {
  const key = crypto.randomUUID()
  const flights: { land(result: string): void; crash(error: Error): void }[] = []
  const start = () =>
    new Promise<string>((land, crash) => {
      flights.push({ land, crash })
    })
  const join = (forced = false) => joinFlight(key, forced, clock, start).result
  return { flights, join }
}

/** Lets all promises settle that wait for nothing else. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe("joinFlight", () => {
  it("lets everybody share the flight in the air", async () => {
    const { flights, join } = airport()
    const passengers = [join(), join(), join()]
    flights[0]?.land("one")

    expect(await Promise.all(passengers)).toEqual(["one", "one", "one"])
    expect(flights).toHaveLength(1)
  })

  it("starts a new flight after the last one has landed", async () => {
    const { flights, join } = airport()
    const first = join()
    flights[0]?.land("one")
    await first
    const second = join()
    flights[1]?.land("two")

    expect(await second).toBe("two")
  })

  it("starts at once for a forced caller when nothing is in the air", () => {
    const { flights, join } = airport()
    void join(true)

    expect(flights).toHaveLength(1)
    flights[0]?.land("one")
  })

  it("never lets a forced caller join a flight that began before its call", async () => {
    const { flights, join } = airport()
    const early = join()
    const forced = join(true)
    flights[0]?.land("before the change")
    expect(await early).toBe("before the change")
    await settle()
    flights[1]?.land("after the change")

    expect(await forced).toBe("after the change")
  })

  it("lets all waiting forced callers share the next flight", async () => {
    const { flights, join } = airport()
    void join()
    const forced = [join(true), join(true), join(true)]
    flights[0]?.land("one")
    await settle()
    expect(flights).toHaveLength(2)
    flights[1]?.land("two")

    expect(await Promise.all(forced)).toEqual(["two", "two", "two"])
    expect(flights).toHaveLength(2)
  })

  it("gives a forced caller who comes during a forced flight one of its own", async () => {
    const { flights, join } = airport()
    const first = join(true)
    const second = join(true)
    flights[0]?.land("one")
    await settle()
    const third = join(true)
    flights[1]?.land("two")
    await settle()
    flights[2]?.land("three")

    expect(await Promise.all([first, second, third])).toEqual(["one", "two", "three"])
  })

  it("lets an unforced caller join a forced flight", async () => {
    const { flights, join } = airport()
    const forced = join(true)
    const casual = join()
    flights[0]?.land("one")

    expect(await Promise.all([forced, casual])).toEqual(["one", "one"])
  })

  it("frees the key when a flight is rejected", async () => {
    const { flights, join } = airport()
    const failed = join()
    flights[0]?.crash(new Error("lost"))
    await expect(failed).rejects.toThrow("lost")
    const next = join()
    flights[1]?.land("two")

    expect(await next).toBe("two")
  })

  it("flies for forced callers although the flight before was rejected", async () => {
    const { flights, join } = airport()
    const failed = join().catch(() => "failed")
    const forced = join(true)
    flights[0]?.crash(new Error("lost"))
    await settle()
    flights[1]?.land("two")

    expect(await Promise.all([failed, forced])).toEqual(["failed", "two"])
  })

  it("keeps flights of different grants apart", async () => {
    const [one, two] = [airport(), airport()]
    const results = Promise.all([one.join(), two.join()])
    one.flights[0]?.land("one")
    two.flights[0]?.land("two")

    expect(await results).toEqual(["one", "two"])
  })

  it("tells when the flight began, and to a forced caller when its wait began", async () => {
    const { flights } = airport()
    const key = crypto.randomUUID()
    let now = 10
    let land: (result: string) => void = () => {}
    const start = () =>
      new Promise<string>((resolve) => {
        land = resolve
      })
    const moving = { now: () => now }
    expect(joinFlight(key, false, moving, start).startedAt).toBe(10)
    now = 13
    expect(joinFlight(key, false, moving, start).startedAt).toBe(10)
    const forced = joinFlight(key, true, moving, start)
    expect(forced.startedAt).toBe(13)
    land("one")
    await settle()
    land("two")
    expect(await forced.result).toBe("two")
    expect(flights).toEqual([])
  })
})

describe("flightsLanded", () => {
  it("waits for a flight in the air, and for the one that forced callers wait for", async () => {
    const { flights, join } = airport()
    const results = [join(), join(true)]
    let landed = false
    const all = flightsLanded().then(() => {
      landed = true
    })
    flights[0]?.land("one")
    await settle()
    expect(landed).toBe(false)
    flights[1]?.land("two")
    await all

    expect(await Promise.all(results)).toEqual(["one", "two"])
  })

  it("does not fail by a flight that fails", async () => {
    const { flights, join } = airport()
    const failed = join().catch(() => "failed")
    const all = flightsLanded()
    flights[0]?.crash(new Error("lost"))

    await all
    expect(await failed).toBe("failed")
  })
})
