import { expect, it, vi } from "vitest"
import { timedOut } from "../../../src/clock.ts"
import { landingOf, waitForFlight } from "../../../src/refresh/audience.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"

it("tells all who wait, and those who gave up nothing", async () => {
  const { scheduler, advance } = manualClock()
  let land: (value: string) => void = () => {}
  const flight = new Promise<string>((resolve) => {
    land = resolve
  })
  const impatient = waitForFlight(flight, scheduler, 1)
  const patient = [waitForFlight(flight, scheduler, 10), waitForFlight(flight, scheduler, 10)]
  await advance(2)
  expect(await impatient).toBe(timedOut)
  land("landed")
  expect(await Promise.all(patient)).toEqual(["landed", "landed"])
  await landingOf(flight)
})

it("passes a failure on, and lands all the same", async () => {
  const { scheduler } = manualClock()
  const flight = Promise.reject(new Error("lost"))
  const waiting = waitForFlight(flight, scheduler, 1)
  await expect(waiting).rejects.toThrow("lost")
  await expect(landingOf(flight)).resolves.toBeUndefined()
})

it("hangs on to the flight once, however many come and give up", async () => {
  const { scheduler, advance } = manualClock()
  const flight = new Promise<void>(() => {})
  const then = vi.spyOn(flight, "then")
  for (let round = 0; round < 100; round += 1) {
    const waiting = waitForFlight(flight, scheduler, 0.05)
    await advance(0.1)
    expect(await waiting).toBe(timedOut)
  }
  expect(then).toHaveBeenCalledOnce()
})
