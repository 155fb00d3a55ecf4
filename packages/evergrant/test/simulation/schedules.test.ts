/** The protocol itself, under a hundred thousand schedules. `npm run acceptance -- simulation` runs a million. */
import { expect, it } from "vitest"
import { explain, summarise } from "./describe-results.ts"
import { runSchedules } from "./run-schedules.ts"

const schedules = 100_000

it(`breaks no rule in ${schedules} schedules`, async () => {
  const results = await runSchedules({ schedules })

  expect(await explain(results)).toBe("")
  console.log(summarise(results))
  expect(results.schedules).toBe(schedules)
  // A simulation in which nothing happens proves nothing.
  const { refreshes, recovered, lost, ended, kills, freezes, faults } = results.counts
  expect(refreshes).toBeGreaterThan(schedules)
  for (const count of [recovered, lost, ended, kills, freezes, faults]) {
    expect(count).toBeGreaterThan(schedules / 1000)
  }
})
