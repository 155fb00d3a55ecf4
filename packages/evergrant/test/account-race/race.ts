/** Several processes refresh the grant of one account, and its row writes down what became of it. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { NumberedTokens } from "../providers/numbered-provider.ts"
import { createAuditedTable } from "./account-table.ts"
import { openApplication, type RaceSetting, racingUser } from "./application.ts"
import type { RacingTable } from "./open-writer.ts"
import type { RaceResult, RaceTask } from "./refreshing-process.ts"
import { type ServedProvider, serveNumberedProvider } from "./served-provider.ts"
import { type Issue, watchGrants } from "./watched-grants.ts"

export interface RaceOptions {
  table: RacingTable
  postgresUrl: string
  processes: number
  /** Forced refreshes of all processes together. */
  rounds: number
  /** How many logins hold the account. */
  logins: 1 | 2
}

/** What is there when all is done. */
export interface RaceOutcome {
  /** What the row held, oldest first; the last one is what it holds now. */
  history: NumberedTokens[]
  /** Whether the row has come to rest at the newest pair. */
  settled: boolean
  /** Every pair that the store has held, in the order of their commits. */
  issues: Issue[]
  /** How the provider counted. */
  refreshes: { succeeded: number; refused: number }
  results: RaceResult[]
  /** How many of the logins can still be read. */
  alive: number
  seconds: number
}

/** Runs a race to its end. */
export async function runRace(options: RaceOptions): Promise<RaceOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "evergrant-race-"))
  const table = await createAuditedTable(options.table, options.postgresUrl)
  const provider = await serveNumberedProvider()
  const storeFile = join(folder, "store.db")
  const setting = { table: options.table, address: table.address, storeFile, issuer: provider.issuer }
  const application = openApplication(setting)
  const processes: ChildProcess[] = []
  try {
    const handles = await signIn(application, provider, options.logins)
    const issues = watchGrants(storeFile)
    for (let index = 0; index < options.processes; index++) processes.push(forkProcess())
    await Promise.all(processes.map(answerOf))
    const begun = performance.now()
    const results = await Promise.all(
      processes.map((one, index) => {
        const rounds = shareOf(options.rounds, options.processes, index)
        return ask(one, { ...setting, rounds, handles: options.logins === 1 ? [] : handles })
      }),
    )
    const seconds = (performance.now() - begun) / 1000
    const { history, settled } = await comeToRest(table.history, issues.newest())
    const readings = await Promise.all(
      handles.map((handle) => application.evergrant.readSession(handle, { refresh: false })),
    )
    const alive = readings.filter(({ status }) => status === "session").length
    await Promise.all(processes.map(dismiss))
    const { refreshes } = provider
    return { history, settled, issues: issues.all(), refreshes, results, alive, seconds }
  } finally {
    for (const one of processes) one.kill("SIGKILL")
    await application.close()
    await provider.close()
    await table.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function signIn(
  { evergrant }: ReturnType<typeof openApplication>,
  provider: ServedProvider,
  logins: number,
): Promise<string[]> {
  const handles: string[] = []
  for (let index = 0; index < logins; index++) {
    const { handle } = await evergrant.startLogin({
      user: { id: racingUser },
      account: provider.begin(`session-${index}`, "account"),
      token: {},
      maxAge: 3600,
    })
    handles.push(handle)
  }
  return handles
}

/** Starts a process, whose first message says that it is ready. */
function forkProcess(): ChildProcess {
  return fork(fileURLToPath(new URL("refreshing-process.ts", import.meta.url)), { execArgv: [] })
}

async function ask(child: ChildProcess, task: RaceTask & RaceSetting): Promise<RaceResult> {
  const answer = answerOf(child)
  child.send(task)
  return (await answer) as RaceResult
}

async function dismiss(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit")
  child.send("enough")
  await ended
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`a process of the race ended with ${code}`)
  })
  const [message] = await Promise.race([once(child, "message"), failed])
  return message
}

function shareOf(rounds: number, processes: number, index: number): number {
  return Math.floor(rounds / processes) + (index < rounds % processes ? 1 : 0)
}

/** Waits until the row holds this pair, for a while: writes that were put off are tried again within a minute. */
async function comeToRest(
  read: () => Promise<NumberedTokens[]>,
  { session, number }: Issue,
): Promise<Pick<RaceOutcome, "history" | "settled">> {
  for (let tries = 0; ; tries++) {
    const history = await read()
    const settled = history.at(-1)?.access_token === `access ${session} ${number}`
    if (settled || tries >= 1300) return { history, settled }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
