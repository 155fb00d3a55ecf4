/** Starts application processes and speaks with them. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { EvergrantEvent } from "../../src/events.ts"
import type { SignInAccount } from "../../src/session/first-grant.ts"
import type { FailurePoint, PointAction } from "./failure-points.ts"
import type { ApplicationSettings, CommandName, Commands, Message, Outcome, TokenWish } from "./messages.ts"
import { addTally, emptyTally, type Tally } from "./tally.ts"

export interface ApplicationProcess {
  /** What it has told so far. */
  readonly events: EvergrantEvent[]
  /** What its load has come to so far, except for the last half second of one that was killed. */
  readonly tally: Tally
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Does one thing. @throws When it fails, or when the process ends before the answer. */
  ask<Name extends CommandName>(name: Name, sent: Commands[Name]["sent"]): Promise<Commands[Name]["answer"]>
  /** Starts a login with this account, and returns its handle. */
  signIn(account: SignInAccount, user?: string): Promise<string>
  /** What became of each caller. */
  tokens(wish: TokenWish): Promise<Outcome[]>
  /** Arms a failure point and calls for a token. Resolves when the point was reached, to what will come of the call. */
  refreshUpTo(point: FailurePoint, action: PointAction, wish: TokenWish): Promise<PendingRefresh>
  signal(signal: NodeJS.Signals): void
  /** Lets it finish, as `SIGTERM` does. Resolves when it is gone. */
  close(): Promise<void>
}

/** A refresh that has come to a failure point. */
export interface PendingRefresh {
  /** Rejects if the process ends first. */
  outcomes: Promise<Outcome[]>
}

/** Starts one. Resolves when it can serve. */
export async function startApplication(settings: ApplicationSettings): Promise<ApplicationProcess> {
  const program = fileURLToPath(new URL("application-process.ts", import.meta.url))
  const child = fork(program, [JSON.stringify(settings)], { execArgv: [] })
  const application = speakWith(child)
  await application.ready
  return application
}

/** Starts several at once. */
export function startApplications(
  count: number,
  settings: ApplicationSettings,
): Promise<ApplicationProcess[]> {
  return Promise.all(Array.from({ length: count }, () => startApplication(settings)))
}

/** Ends what still runs, without a farewell. */
export async function killAll(applications: readonly ApplicationProcess[]): Promise<void> {
  for (const application of applications) application.signal("SIGKILL")
  await Promise.all(applications.map(({ ended }) => ended))
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

function speakWith(child: ChildProcess): ApplicationProcess & { ready: Promise<void> } {
  const waiting = new Map<number, Waiting>()
  const events: EvergrantEvent[] = []
  const tally = emptyTally()
  const reached = new Map<FailurePoint, () => void>()
  let asked = 0

  const ended = once(child, "exit").then(([code, signal]) => {
    const end: number | NodeJS.Signals = code ?? signal
    for (const { reject } of waiting.values()) reject(new Error(`the application ended (${end})`))
    waiting.clear()
    return end
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (message: Message) => {
      if ("ready" in message) resolve()
      else if ("event" in message) events.push(message.event)
      else if ("tally" in message) addTally(tally, message.tally)
      else if ("reached" in message) reached.get(message.reached)?.()
      else settle(message)
    })
    void ended.then((end) => reject(new Error(`the application ended at once (${end})`)))
  })

  function settle(message: { id: number; answer: unknown } | { id: number; error: string }): void {
    const one = waiting.get(message.id)
    waiting.delete(message.id)
    if ("error" in message) one?.reject(new Error(message.error))
    else one?.resolve(message.answer)
  }
  function ask<Name extends CommandName>(
    name: Name,
    sent: Commands[Name]["sent"],
  ): Promise<Commands[Name]["answer"]> {
    asked += 1
    const id = asked
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }))
    if (child.connected) child.send({ id, name, sent }, () => {})
    else void ended.then((end) => waiting.get(id)?.reject(new Error(`the application has ended (${end})`)))
    return answer as Promise<Commands[Name]["answer"]>
  }

  return {
    ready,
    events,
    tally,
    ended,
    ask,
    async signIn(account, user = "user") {
      return (await ask("signIn", { user: { id: user }, account })).handle
    },
    tokens: (wish) => ask("tokens", wish),
    async refreshUpTo(point, action, wish) {
      const told = new Promise<void>((resolve) => reached.set(point, resolve))
      await ask("arm", { point, action })
      const outcomes = ask("tokens", wish)
      outcomes.catch(() => {})
      await (action === "kill" ? ended : told)
      return { outcomes }
    },
    signal: (signal) => void child.kill(signal),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      await ask("close", null)
      await ended
    },
  }
}
