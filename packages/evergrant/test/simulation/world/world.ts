/** A world: one store, one provider, some processes of one application, and everything that they wait for. */
import type { EpochSeconds } from "../../../src/clock.ts"
import type { GrantStore } from "../../../src/store/grant-store.ts"
import { openMemoryView } from "../../../src/stores/memory/open.ts"
import { createMemoryTables, type MemoryTables } from "../../../src/stores/memory/tables.ts"
import { createLedger, type Ledger } from "../judge/ledger.ts"
import { watchStore } from "../judge/watched-store.ts"
import type { PlantedBug } from "../planted/planted-bug.ts"
import { type Chance, seededChance } from "./chance.ts"
import type { Operation } from "./operation.ts"
import { makePlan, type Plan } from "./plan.ts"
import { createRotatingProvider, type RotatingProvider } from "./rotating-provider.ts"
import type { SimulatedProcess } from "./simulated-process.ts"

export const namespace = "simulation"

export interface World {
  seed: number
  plan: Plan
  chance: Chance
  provider: RotatingProvider
  tables: MemoryTables
  /** The store as the judge watches it, without any wait. */
  store: GrantStore
  ledger: Ledger
  processes: SimulatedProcess[]
  operations: Operation[]
  planted: PlantedBug | undefined
  now(): EpochSeconds
  /** Moves the clock forward. */
  pass(until: EpochSeconds): void
  /** Adds a line to the trace, if there is one. */
  note(line: () => string): void
}

export const beginning: EpochSeconds = 1_800_000_000

export function createWorld(
  seed: number,
  planted: PlantedBug | undefined,
  trace: string[] | undefined,
): World {
  const chance = seededChance(seed)
  const plan = makePlan(chance)
  let now = beginning
  const clock = { now: () => now }
  const provider = createRotatingProvider(plan.rotation, clock.now)
  const tables = createMemoryTables()
  const ledger = createLedger()
  const { store: real } = openMemoryView(tables, { namespace, clock }, "simulated")
  const store = watchStore(planted?.inStep?.(real, tables) ?? real, tables, { ledger, plan, provider })
  return {
    seed,
    plan,
    chance,
    provider,
    tables,
    store,
    ledger,
    processes: [],
    operations: [],
    planted,
    now: clock.now,
    pass(until) {
      now = Math.max(now, until)
    },
    note(line) {
      trace?.push(`${ledger.step} +${(now - beginning).toFixed(3)} ${line()}`)
    },
  }
}
