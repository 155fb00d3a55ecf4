/** The seed decides everything: neither the machine nor what else it is doing. */
import { expect, it } from "vitest"
import { replay } from "./describe-results.ts"
import { startThread } from "./run-schedules.ts"

const stretch = { from: 1, count: 200, fingerprint: true }

it("gives the same traces twice, also while other threads keep the machine busy", async () => {
  const threads = [startThread(), startThread(), startThread(), startThread()]
  try {
    const [alone] = await Promise.all(threads.slice(0, 1).map((thread) => thread.run(stretch)))
    const crowded = await Promise.all(threads.map((thread) => thread.run(stretch)))

    expect(alone?.steps).toBeGreaterThan(stretch.count * 20)
    expect(new Set(crowded.map(({ fingerprint }) => fingerprint))).toEqual(new Set([alone?.fingerprint]))
  } finally {
    await Promise.all(threads.map((thread) => thread.end()))
  }
})

it("gives different traces for different seeds", async () => {
  const traces: string[] = []
  for (const seed of [1, 2, 3, 4, 5]) traces.push((await replay(seed)).join("\n"))

  expect(new Set(traces).size).toBe(5)
})
