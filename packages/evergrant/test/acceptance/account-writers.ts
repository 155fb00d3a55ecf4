/**
 * Eight processes on one store and one account table force 500 refreshes of one account, once with one login and once
 * with two. No older pair may be written over a newer one, the last row must be the newest pair, and nobody is lost.
 */
import process from "node:process"
import { parseArgs } from "node:util"
import { findPostgresServer } from "../../../../tools/postgres/find-server.ts"
import { judgeHistory } from "../account-race/judge-history.ts"
import type { RacingTable } from "../account-race/open-writer.ts"
import { type RaceOptions, type RaceOutcome, runRace } from "../account-race/race.ts"

const { values } = parseArgs({
  options: { processes: { type: "string", default: "8" }, rounds: { type: "string", default: "500" } },
})
const processes = Number(values.processes)
const rounds = Number(values.rounds)

/** What is not as it should be. */
function offencesOf({ logins }: RaceOptions, outcome: RaceOutcome): string[] {
  const { history, issues, refreshes, results, alive } = outcome
  const { offences } = judgeHistory(history, issues)
  const refreshed = results.reduce((sum, one) => sum + one.refreshed, 0)
  if (refreshed !== rounds) offences.push(`the processes were served ${refreshed} times`)
  if (refreshes.succeeded !== rounds) offences.push(`the provider counted ${refreshes.succeeded} refreshes`)
  if (refreshes.refused > 0) offences.push(`the provider refused ${refreshes.refused} refreshes`)
  if (issues.length !== rounds + logins) offences.push(`the store held ${issues.length} pairs`)
  if (alive !== logins) offences.push(`${logins - alive} sessions were lost`)
  if (!outcome.settled) offences.push("the row does not hold the newest pair")
  return offences
}

async function run(table: RacingTable, logins: 1 | 2, postgresUrl: string): Promise<boolean> {
  const options = { table, logins, postgresUrl, processes, rounds }
  const outcome = await runRace(options)
  const { history, issues, refreshes, results, seconds } = outcome
  const offences = offencesOf(options, outcome)
  const postponed = results.reduce((sum, one) => sum + one.postponed, 0)
  const { overtaken } = judgeHistory(history, issues)
  console.log(
    `${table}, ${logins} login(s), ${processes} processes: ${refreshes.succeeded} refreshes in ${seconds.toFixed(1)} s, ` +
      `${refreshes.refused} refused, row written ${history.length} times, ${postponed} writes put off, ` +
      `${overtaken} times the store committed two logins in another order than it dates them; ${offences.length} offences`,
  )
  for (const offence of offences) console.log(`  ${offence}`)
  return offences.length === 0
}

const postgres = await findPostgresServer()
if (!postgres.available) console.log(`PostgreSQL left out: ${postgres.why}`)
let succeeded = postgres.available
for (const table of postgres.available ? (["pg", "sqlite"] as const) : (["sqlite"] as const)) {
  for (const logins of [1, 2] as const) {
    succeeded = (await run(table, logins, postgres.available ? postgres.url : "")) && succeeded
  }
}
process.exit(succeeded ? 0 : 1)
