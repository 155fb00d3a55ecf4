/**
 * What a process asks of the world: a call of the store, a request to the provider. It has two halves, the effect and
 * the delivery of its answer, and anything may come between them.
 */
import type { EpochSeconds } from "../../../src/clock.ts"
import type { SimulatedProcess } from "./simulated-process.ts"

export type Outcome = { value: unknown } | { error: unknown }

export interface Operation {
  kind: "store" | "provider"
  /** For the trace. Holds a token's number, never more is needed. */
  name: string
  process: SimulatedProcess
  stage: "called" | "applied"
  calledAt: EpochSeconds
  /** Neither half may come earlier than its time: a slow provider. */
  effectFrom: EpochSeconds
  deliveryFrom: EpochSeconds
  /** Takes effect. One atomic step. */
  effect(): Promise<unknown> | unknown
  outcome: Outcome | undefined
  /** Whether somebody still waits for it; if not, only its effect may come. */
  awaited: boolean
  /** Hands the answer to the process. */
  settle(outcome: Outcome): void
  /** Told what has become of the answer. */
  onDelivery?(what: Delivery): void
}

/** What has become of an operation. */
export type Delivery = "delivered" | "not sent" | "dropped" | "given up"
