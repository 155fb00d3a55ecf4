/** The calls of a plan: when each is due, which process it reaches, and what comes back. */

import type { EpochSeconds } from "../../../src/clock.ts"
import { type Call, judgeCall } from "../judge/judge-call.ts"
import { forcedBy, perform } from "./perform.ts"
import { type Action, accessTokenLife } from "./plan.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import { startProcess } from "./start-process.ts"
import { beginning, type World } from "./world.ts"

/** Seconds after everything else at which every user comes back: nothing is paused or leased any more. */
const laterBy = accessTokenLife + 30

export interface Callers {
  /** Those that have begun, each with the process that it reached. */
  calls: Map<Call, SimulatedProcess>
  /** Those whose time has come. */
  due(): Action[]
  /** When the next one's time comes. */
  nextAt(): EpochSeconds | undefined
  /** The process that an action reaches: the one that it is meant for, or another if that one is dead. */
  processOf(action: Action): SimulatedProcess
  /** Begins a call. Its process is awake. */
  begin(action: Action, process: SimulatedProcess): void
  /** Adds a last visit of every login, in a new process. */
  comeBack(): void
}

export function createCallers(world: World, handles: ReadonlyMap<string, string>): Callers {
  const { ledger, plan, tables, processes } = world
  const waiting = plan.actions.map((action) => ({ ...action, at: beginning + action.at }))
  const logins = [...ledger.logins.values()]
  const calls = new Map<Call, SimulatedProcess>()

  return {
    calls,
    due: () => waiting.filter(({ at }) => at <= world.now()),
    nextAt() {
      const later = waiting.filter(({ at }) => at > world.now()).map(({ at }) => at)
      return later.length > 0 ? Math.min(...later) : undefined
    },

    processOf(action) {
      const meant = processes[action.process]
      if (meant && meant.state !== "dead") return meant
      return processes.find(({ state }) => state !== "dead") ?? startProcess(world)
    },

    begin(action, process) {
      waiting.splice(waiting.indexOf(action), 1)
      const login = logins[action.login]
      if (!login) throw new Error("An action names a login that is not there.")
      const call: Call = { action, login, startedAtStep: ledger.step, wasFrozen: false, outcome: undefined }
      calls.set(call, process)
      const forced = forcedBy(ledger, call)
      for (const one of forced) one.forced += 1
      world.note(() => `P${process.number} is called: ${action.kind} of ${login.session.sid}`)
      const end = (outcome: NonNullable<Call["outcome"]>) => {
        call.outcome = outcome
        // Who is told to come back later has set off a refresh all the same.
        if ("value" in outcome) for (const one of forced) one.forced -= 1
        world.note(() => `P${process.number} answers ${action.kind}: ${describe(outcome)}`)
        judgeCall(ledger, plan, tables, call, world.now())
      }
      perform(world, process, call, handles.get(login.loginId) ?? "").then(
        (value) => end({ value }),
        (error: unknown) => end({ error }),
      )
    },

    comeBack() {
      const process = startProcess(world)
      const at = world.now() + laterBy
      for (const login of logins.keys()) waiting.push({ kind: "token", at, process: process.number, login })
    },
  }
}

function describe(outcome: NonNullable<Call["outcome"]>): string {
  if ("error" in outcome) return String(outcome.error)
  const { value } = outcome
  if (typeof value !== "object" || value === null) return "done"
  if ("accessToken" in value) return String(value.accessToken)
  return "status" in value ? String(value.status) : "done"
}
