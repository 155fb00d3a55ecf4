/** Puts a wish of a process among those that the schedule chooses from. */
import type { Delivery, Operation, Outcome } from "./operation.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"

export interface Wish {
  kind: Operation["kind"]
  name: string
  effect(): Promise<unknown> | unknown
  onDelivery?(what: Delivery): void
}

/** Returns the operation, and a promise of its answer. */
export function ask(
  world: World,
  process: SimulatedProcess,
  { onDelivery, ...wish }: Wish,
): { operation: Operation; answer: Promise<unknown> } {
  let settle: (outcome: Outcome) => void = () => {}
  const answer = new Promise<unknown>((resolve, reject) => {
    settle = (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value))
  })
  const now = world.now()
  const slowness = () => (wish.kind === "provider" ? world.chance.next() * world.plan.providerDelay : 0)
  const effectFrom = now + slowness()
  const operation: Operation = {
    ...wish,
    process,
    stage: "called",
    calledAt: now,
    effectFrom,
    deliveryFrom: effectFrom + slowness(),
    outcome: undefined,
    awaited: true,
    settle,
    ...(onDelivery ? { onDelivery } : {}),
  }
  world.operations.push(operation)
  world.note(() => `P${process.number} calls ${wish.name}`)
  return { operation, answer }
}
