/**
 * A million schedules of the refresh protocol. `--seed N` runs one schedule and prints its steps; with `--schedules`
 * it is the first seed of many. `--planted N` plants the bug of that number.
 */
import process from "node:process"
import { parseArgs } from "node:util"
import { explain, replay, summarise } from "../simulation/describe-results.ts"
import { runSchedules } from "../simulation/run-schedules.ts"

const { values } = parseArgs({
  options: {
    schedules: { type: "string" },
    seed: { type: "string" },
    workers: { type: "string", default: "2" },
    planted: { type: "string" },
  },
})
const planted = values.planted === undefined ? undefined : Number(values.planted)

/** Returns whether no rule was broken. */
async function run(): Promise<boolean> {
  if (values.seed !== undefined && values.schedules === undefined) {
    const trace = await replay(Number(values.seed), planted)
    console.log(trace.join("\n"))
    return trace.at(-1) === "no rule was broken"
  }
  let told = 0
  const results = await runSchedules({
    schedules: Number(values.schedules ?? 1_000_000),
    from: Number(values.seed ?? 1),
    workers: Number(values.workers),
    planted,
    onProgress(done) {
      if (done < told + 50_000) return
      told = done
      console.log(`${done} done`)
    },
  })
  console.log(summarise(results))
  if (results.failure) console.log(await explain(results))
  return results.failure === undefined
}

process.exit((await run()) ? 0 : 1)
