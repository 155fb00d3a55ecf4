/** The rules can fail: each mistake that is planted is found, and its schedule is clean without the mistake. */
import { describe, expect, it } from "vitest"
import { replay } from "./describe-results.ts"
import { plantedBugs } from "./planted/all-planted-bugs.ts"
import { runSchedules } from "./run-schedules.ts"

const atMost = 10_000

describe.each(plantedBugs.map(({ name }, number) => ({ name, number })))("$name", ({ name, number }) => {
  it(`is found within ${atMost} schedules`, async () => {
    const { failure } = await runSchedules({ schedules: atMost, planted: number, stretch: 100 })

    expect(failure).toBeDefined()
    const seed = failure?.seed ?? 0
    console.log(`${name}: found at schedule ${seed} (${failure?.violation.rule})`)
    const rule = `${failure?.violation.rule}: ${failure?.violation.detail}`
    expect((await replay(seed, number)).at(-1)).toBe(rule)
    expect((await replay(seed)).at(-1)).toBe("no rule was broken")
  })
})
