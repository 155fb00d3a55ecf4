import { expect, test } from "vitest"
import { sleep } from "../../src/clock.ts"
import { manualClock } from "../../src/testing/manual-clock.ts"

test("time stands still until it is moved", async () => {
  const clock = manualClock(100)
  expect(clock.now()).toBe(100)
  const moved = clock.advance(2.5)
  expect(clock.now()).toBe(102.5)
  await moved
})

test("timers run in the order of time, each at its own, and those of one time in the order they were set", async () => {
  const clock = manualClock(0)
  const ran: string[] = []
  for (const [delay, name] of [
    [3, "c"],
    [1, "a"],
    [3, "d"],
    [2, "b"],
    [9, "late"],
  ] as const) {
    clock.scheduler.after(delay, () => ran.push(`${name}@${clock.now()}`))
  }
  await clock.advance(5)
  expect(ran).toEqual(["a@1", "b@2", "c@3", "d@3"])
  expect(clock.now()).toBe(5)
  await clock.advance(4)
  expect(ran.at(-1)).toBe("late@9")
})

test("a timer that is cancelled does not run", async () => {
  const clock = manualClock()
  let ran = false
  clock.scheduler.after(1, () => {
    ran = true
  })()
  await clock.advance(10)
  expect(ran).toBe(false)
})

test("what a timer sets off is done on the way, its own timers included", async () => {
  const clock = manualClock(0)
  const woke: number[] = []
  const loop = (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock.scheduler, 2)
      woke.push(clock.now())
    }
  })()
  await clock.advance(10)
  await loop
  expect(woke).toEqual([2, 4, 6])
})
