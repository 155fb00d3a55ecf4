/**
 * Does a refresh cost more when the account table and the store hold more? One forced refresh, from reading the login
 * to the written row, at 100, 10,000 and 100,000 accounts with as many live logins. The provider is a function in
 * this process; rounds are interleaved and medians are compared. Exits with 1 when the cost grows by more than a fifth.
 */
import process from "node:process"
import { findPostgresServer } from "../tools/postgres/find-server.ts"
import { openPopulation, type Population, type TableKind } from "./account-rows/population.ts"
import { measureInterleaved, median } from "./measuring/rounds.ts"

const sizes = [100, 10_000, 100_000] as const
const allowedGrowth = 1.2

const lines: Record<TableKind, { label: string; judged: boolean }> = {
  sqlite: { label: "node:sqlite", judged: true },
  postgres: { label: "PostgreSQL", judged: true },
  // As @auth/pg-adapter's documentation has it. Auth.js itself reads the whole table at each sign-in there.
  "postgres-without-index": { label: "PostgreSQL without an index on the account", judged: false },
}

/** Prints the line of one kind of table. Returns whether its cost grows too much. */
async function run(kind: TableKind, postgresUrl: string): Promise<boolean> {
  const populations: Population[] = []
  try {
    for (const size of sizes) populations.push(await openPopulation(kind, size, postgresUrl))
    const costs = await measureInterleaved(populations.map(({ refresh }) => refresh))
    const medians = costs.map(median)
    const growth = (medians.at(-1) ?? 0) / (medians[0] ?? 1)
    const { label, judged } = lines[kind]
    const figures = sizes.map((size, index) => `${size}: ${medians[index]?.toFixed(2)} ms`)
    console.log(
      `${label}: ${figures.join(", ")}; growth ${growth.toFixed(2)}${judged ? "" : " (not judged)"}`,
    )
    return judged && growth > allowedGrowth
  } finally {
    for (const population of populations) await population.close()
  }
}

const postgres = await findPostgresServer()
let failed = await run("sqlite", "")
if (postgres.available) {
  failed = (await run("postgres", postgres.url)) || failed
  await run("postgres-without-index", postgres.url)
} else {
  console.log(`PostgreSQL left out: ${postgres.why}`)
}
process.exit(failed ? 1 : 0)
