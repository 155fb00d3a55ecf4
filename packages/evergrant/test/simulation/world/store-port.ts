/** The store as one process sees it: every call is a wish that others may come between, before and after its effect. */
import type { GrantStore } from "../../../src/store/grant-store.ts"
import type { Ledger } from "../judge/ledger.ts"
import { ask } from "./ask.ts"
import type { Delivery } from "./operation.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { World } from "./world.ts"

type Method = (...args: unknown[]) => unknown

/** Makes the port of a process. */
export function storePort(world: World, process: SimulatedProcess): GrantStore {
  const step = (name: string, effect: () => unknown, onDelivery?: (what: Delivery) => void) =>
    ask(world, process, { kind: "store", name, effect, ...(onDelivery ? { onDelivery } : {}) }).answer
  const port: Record<string, unknown> = {}
  for (const [name, method] of Object.entries(world.store) as [string, Method][]) {
    port[name] =
      name === "subscribe" || name === "close"
        ? method
        : (...args: unknown[]) => {
            const watcher = watch(world, process, name, args)
            return step(name, () => method(...args), watcher)
          }
  }
  const store = port as unknown as GrantStore
  return world.planted?.inProcess?.(store) ?? store
}

/** Follows what a process does about its right to spend, so that it is known what disturbed it. */
function watch(
  { ledger }: World,
  process: SimulatedProcess,
  name: string,
  [first, owner]: unknown[],
): ((what: Delivery) => void) | undefined {
  if (name === "commitRefresh") {
    return (what) => {
      const failed = what === "delivered" ? 0 : (ledger.failedCommits.get(process) ?? 0) + 1
      ledger.failedCommits.set(process, failed)
    }
  }
  if (name === "readLogin" || name === "listLogins") {
    return (what) => {
      // A known limit (docs/simulation.md): without a look at the login's end a late token is not revoked.
      if (what !== "delivered") forgiveLateTokens(ledger, process)
    }
  }
  if (name === "beginRefresh") {
    return () => {
      const { loginId } = (first as { grant: { loginId: string } }).grant
      const holding = process.holdings.get(loginId)
      if (holding) holding.begunAtStep = ledger.step
    }
  }
  if (name !== "acquireLease" && name !== "renewLease") return undefined
  const loginId = [...ledger.logins.keys()].find((id) => String(first).includes(id))
  if (loginId === undefined) return undefined
  let holding = process.holdings.get(loginId)
  if (name === "acquireLease" && holding?.owner !== owner) {
    holding = { owner: String(owner), begunAtStep: 0, frozen: false, leaseInDoubt: false }
    process.holdings.set(loginId, holding)
  }
  const current = holding
  return (what) => {
    if (what !== "delivered" && current) current.leaseInDoubt = true
  }
}

function forgiveLateTokens(ledger: Ledger, process: SimulatedProcess): void {
  for (const { issued, cameLate, process: holder } of ledger.presentations) {
    if (issued && cameLate && holder === process) ledger.unrevoked.add(issued.text)
  }
}
