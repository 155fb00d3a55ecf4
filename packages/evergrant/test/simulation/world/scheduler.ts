/** Chooses what happens next, and lets it happen. */
import type { EpochSeconds } from "../../../src/clock.ts"
import type { Callers } from "./callers.ts"
import { failureBefore, freeze, kill, lossAfter } from "./fault.ts"
import type { Delivery, Operation, Outcome } from "./operation.ts"
import type { Action } from "./plan.ts"
import { wake } from "./process-memory.ts"
import { firstTimer, type SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"

/** Seconds that half of a call may take, where nothing is frozen: less than lets a lease run out. */
const slowest = 1.5

/** Processes that one schedule may lose, and freeze. */
const mostKills = 2
const mostFreezes = 2

export interface Scheduler {
  /** Takes one step. `false`: nothing is left to happen. */
  step(faults: boolean): Promise<boolean>
}

export function createScheduler(world: World, callers: Callers): Scheduler {
  const { chance, plan, ledger, processes, operations } = world
  let favourite: SimulatedProcess | undefined

  /** Lets a process run up to its next wait: all of it is microtasks, which are done before the next turn. */
  async function run(process: SimulatedProcess, task: () => void): Promise<void> {
    wake(process.memory)
    task()
    await new Promise((resolve) => setImmediate(resolve))
    wake(undefined)
  }

  function canHappen({ stage, process, awaited, effectFrom, deliveryFrom }: Operation): boolean {
    if (stage === "called") return effectFrom <= world.now()
    return awaited && process.state === "running" && deliveryFrom <= world.now()
  }

  async function settle(operation: Operation, outcome: Outcome, what: Delivery): Promise<void> {
    operations.splice(operations.indexOf(operation), 1)
    if (!operation.awaited) return
    if (what !== "delivered") ledger.counts.faults += 1
    world.note(() => `P${operation.process.number} ${operation.name} ${what}`)
    operation.awaited = false
    operation.onDelivery?.(what)
    await run(operation.process, () => operation.settle(outcome))
  }

  async function goOn(operation: Operation, faults: boolean): Promise<void> {
    const isDisturbed = faults && operation.awaited && operation.process.state === "running"
    if (operation.stage === "applied") {
      const loss = isDisturbed ? lossAfter(world, operation) : undefined
      if (loss) return settle(operation, loss, "dropped")
      return settle(operation, operation.outcome ?? { value: undefined }, "delivered")
    }
    const failure = isDisturbed ? failureBefore(world, operation) : undefined
    if (failure) return settle(operation, failure, "not sent")
    operation.stage = "applied"
    try {
      operation.outcome = { value: await operation.effect() }
    } catch (error) {
      operation.outcome = { error }
    }
    world.note(
      () => `P${operation.process.number} ${operation.name} takes effect: ${short(operation.outcome)}`,
    )
    if (!operation.awaited) operations.splice(operations.indexOf(operation), 1)
    // Seconds are counted anew for the way back.
    operation.calledAt = world.now()
  }

  /** The next time at which something is due by itself. */
  function nextTime(): EpochSeconds | undefined {
    let next = callers.nextAt() ?? Number.POSITIVE_INFINITY
    for (const process of processes) {
      if (process.state === "frozen") next = Math.min(next, process.frozenUntil)
      if (process.state === "running") next = Math.min(next, firstTimer(process)?.dueAt ?? next)
    }
    for (const { stage, effectFrom, deliveryFrom } of operations) {
      const at = stage === "called" ? effectFrom : deliveryFrom
      if (at > world.now()) next = Math.min(next, at)
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next
  }

  /** Lets the time pass, and does what falls due. */
  async function pass(until: EpochSeconds): Promise<void> {
    world.pass(until)
    for (const process of processes) {
      if (process.state === "frozen" && process.frozenUntil <= world.now()) {
        process.state = "running"
        for (const [call, by] of callers.calls) if (by === process && !call.outcome) call.wasFrozen = true
        world.note(() => `P${process.number} goes on`)
      }
      const { timers } = process
      while (process.state === "running") {
        const timer = firstTimer(process)
        if (!timer || timer.dueAt > world.now()) break
        timers.splice(timers.indexOf(timer), 1)
        await run(process, timer.task)
      }
    }
  }

  /** Whether nobody is kept waiting for longer than a healthy store or network takes. */
  function mayPass(until: EpochSeconds, possible: readonly Operation[]): boolean {
    return possible.every(
      ({ kind, awaited, stage, calledAt, effectFrom, deliveryFrom }) =>
        (kind === "provider" && !awaited) ||
        until <= Math.max(calledAt, stage === "called" ? effectFrom : deliveryFrom) + slowest,
    )
  }

  function loseOne(faults: boolean): boolean {
    if (!faults) return false
    const running = processes.filter(({ state }) => state === "running")
    const { counts } = ledger
    if (counts.kills < mostKills && running.length > 1 && chance.happens(plan.faults.kill)) {
      kill(world, chance.pick(running))
      return true
    }
    if (counts.freezes < mostFreezes && running.length > 1 && chance.happens(plan.faults.freeze)) {
      freeze(world, chance.pick(running))
      return true
    }
    return false
  }

  function choose<T extends Operation | { action: Action; process: SimulatedProcess }>(
    from: readonly T[],
  ): T {
    if (!plan.preferring) return chance.pick(from)
    if (!favourite || chance.happens(0.08)) favourite = chance.pick(from).process
    const preferred = from.filter(({ process }) => process === favourite)
    return chance.pick(preferred.length > 0 ? preferred : from)
  }

  return {
    async step(faults) {
      const possible = operations.filter(canHappen)
      const begins = callers
        .due()
        .map((action) => ({ action, process: callers.processOf(action) }))
        .filter(({ process }) => process.state === "running")
      const next = nextTime()
      if (possible.length + begins.length === 0) {
        if (next === undefined) return false
        await pass(next)
        return true
      }
      if (next !== undefined && chance.happens(plan.haste) && mayPass(next, possible)) {
        await pass(next)
        return true
      }
      if (loseOne(faults)) return true
      const chosen = choose([...possible, ...begins])
      if ("action" in chosen) await run(chosen.process, () => callers.begin(chosen.action, chosen.process))
      else await goOn(chosen, faults)
      return true
    },
  }
}

function short(outcome: Outcome | undefined): string {
  if (!outcome) return ""
  if ("error" in outcome) return "an error"
  const { value } = outcome
  if (typeof value === "string" || typeof value === "boolean") return String(value)
  if (typeof value !== "object" || value === null) return "done"
  if ("generation" in value) return `generation ${value.generation}`
  if ("status" in value && typeof value.status === "number") return `status ${value.status}`
  return "status" in value ? String(value.status) : "done"
}
