/** The small version of `npm run acceptance -- account-writers`. */
import { describe, expect, inject, test } from "vitest"
import { judgeHistory } from "../account-race/judge-history.ts"
import { type RaceOptions, runRace } from "../account-race/race.ts"

const postgres = inject("postgres")
const minute = 60_000

async function race(options: Pick<RaceOptions, "table" | "logins">): Promise<void> {
  const rounds = 40
  const postgresUrl = postgres.available ? postgres.url : ""
  const outcome = await runRace({ ...options, processes: 3, rounds, postgresUrl })
  const { history, settled, issues, refreshes, results, alive } = outcome
  expect(judgeHistory(history, issues).offences).toEqual([])
  expect(settled).toBe(true)
  expect(refreshes).toEqual({ succeeded: rounds, refused: 0 })
  expect(results.reduce((sum, { refreshed }) => sum + refreshed, 0)).toBe(rounds)
  expect(alive).toBe(options.logins)
  expect(issues).toHaveLength(rounds + options.logins)
  // The first write is that of the sign-in.
  expect(history.length).toBeGreaterThan(options.logins)
}

describe.each([1, 2] as const)("three processes refresh one account held by %i logins", (logins) => {
  test("no older pair is written over a newer one (node:sqlite)", { timeout: 2 * minute }, async () => {
    await race({ table: "sqlite", logins })
  })

  test.skipIf(!postgres.available)(
    "no older pair is written over a newer one (PostgreSQL)",
    { timeout: 2 * minute },
    async () => {
      await race({ table: "pg", logins })
    },
  )
})
