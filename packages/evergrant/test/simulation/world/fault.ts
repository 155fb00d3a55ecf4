/** What goes wrong, and what it looks like to the process. */
import { StoreError } from "../../../src/errors.ts"
import { excuseHolder } from "../judge/judge-presentation.ts"
import type { Operation, Outcome } from "./operation.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"

/** A failure before the effect, if chance wants one. */
export function failureBefore({ chance, plan }: World, { kind, name }: Operation): Outcome | undefined {
  const { faults } = plan
  if (kind === "store") {
    return chance.happens(faults.storeFails) ? { error: storeDown() } : undefined
  }
  if (chance.happens(faults.providerFails)) return { error: networkError("ECONNREFUSED") }
  const busy = name.startsWith("token") && chance.happens(faults.providerBusy)
  return busy ? { value: { status: 503, body: { error: "temporarily_unavailable" } } } : undefined
}

/** What stands for an answer that is lost after the effect, if chance wants it lost. */
export function lossAfter({ chance, plan }: World, { kind }: Operation): Outcome | undefined {
  const { faults } = plan
  if (kind === "store") return chance.happens(faults.storeDrops) ? { error: storeDown() } : undefined
  return chance.happens(faults.providerDrops) ? { error: networkError("ECONNRESET") } : undefined
}

function storeDown(): StoreError {
  return new StoreError("store_unavailable", "The store does not answer.")
}

/** What Node's `fetch` throws when the network fails. */
function networkError(code: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) })
}

/** Nothing is delivered to it or done by it any more. What it has sent may still take effect. */
export function kill(world: World, process: SimulatedProcess): void {
  world.note(() => `P${process.number} is killed`)
  world.ledger.counts.kills += 1
  process.state = "dead"
  process.timers.length = 0
  excuseHolder(world.ledger, process, "its process was killed")
  for (const operation of world.operations.filter((one) => one.process === process)) {
    operation.awaited = false
    const arrives = operation.stage === "called" && world.chance.happens(0.5)
    if (!arrives) world.operations.splice(world.operations.indexOf(operation), 1)
  }
}

/** It stands still for longer than its lease, and knows nothing of it. */
export function freeze(world: World, process: SimulatedProcess): void {
  const duration = world.chance.pick([10.5, 12, 25])
  world.note(() => `P${process.number} is frozen for ${duration} s`)
  world.ledger.counts.freezes += 1
  process.state = "frozen"
  process.frozenUntil = world.now() + duration
  for (const holding of process.holdings.values()) holding.frozen = true
  excuseHolder(world.ledger, process, "its process was frozen")
}
