/** A process of a race. Run with `fork`: forces refreshes until it has made its share, one after the other. */
import { openApplication, type RaceSetting, racingUser } from "./application.ts"

/** What a process is told to do. */
export interface RaceTask extends RaceSetting {
  rounds: number
  /** The logins to refresh in turn. With none it is the user's newest, as a job does that knows no browser. */
  handles: string[]
}

/** What it answers. */
export interface RaceResult {
  refreshed: number
  /** How often a write of the row was put off. */
  postponed: number
}

let finish: (() => Promise<void>) | undefined

async function run(task: RaceTask): Promise<void> {
  const result: RaceResult = { refreshed: 0, postponed: 0 }
  const { evergrant, close } = openApplication(task, ({ type }) => {
    if (type === "work.postponed") result.postponed += 1
  })
  for (let round = 0; round < task.rounds; round++) {
    const handle = task.handles[round % task.handles.length]
    await (handle === undefined
      ? evergrant.getAccessTokenOfUser({ userId: racingUser, provider: "oidc", force: true })
      : evergrant.getAccessToken(handle, { force: true }))
    result.refreshed += 1
  }
  finish = close
  process.send?.(result)
}

// The second message ends it. Until then it stays: a row that could not be written is written by whoever is there.
process.on("message", async (task: RaceTask) => {
  if (!finish) return run(task)
  await finish()
  process.disconnect()
})
process.send?.("ready")
