/** What must be true when everything has come to rest. */
import type { MemoryTables } from "../../../src/stores/memory/tables.ts"
import type { SimulatedProcess } from "../world/simulated-process.ts"
import type { Call } from "./judge-call.ts"
import type { Ledger } from "./ledger.ts"

/** Judges the world at rest. */
export function judgeRest(
  ledger: Ledger,
  tables: MemoryTables,
  calls: ReadonlyMap<Call, SimulatedProcess>,
  /** Whether every lease must have been given back: always, unless giving back or taking was disturbed a moment ago. */
  leasesAreFree: boolean,
  now: number,
): void {
  for (const [call, process] of calls) {
    if (process.state !== "dead" && !call.outcome) ledger.violate("call hangs", call.action.kind)
  }
  for (const [name, { until }] of tables.leases) {
    if (leasesAreFree && until > now) ledger.violate("lease kept", name)
  }
  for (const one of ledger.presentations) {
    const { issued, answer, process, loginId } = one
    const ended = ledger.logins.get(loginId)?.ended
    if (!ended || !issued || answer !== "delivered" || process.state === "dead") continue
    const isLate = one.cameLate || one.deliveredAtStep > ended.step
    if (!isLate || issued.session.over || ledger.unrevoked.has(issued.text)) continue
    ledger.violate("late token not revoked", `${issued.text} of ${loginId} (${ended.reason})`)
  }
}
