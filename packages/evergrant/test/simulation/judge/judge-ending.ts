/** A login ends because somebody asked for it or the provider's session is over; a lost rotation has its own reason. */
import type { SignedOutReason } from "../../../src/errors.ts"
import type { Plan } from "../world/plan.ts"
import type { RotatingProvider } from "../world/rotating-provider.ts"
import { excuseOf, type KnownLogin, type Ledger } from "./ledger.ts"

/** Notes that the store has ended a login, and judges it. */
export function judgeEnding(
  ledger: Ledger,
  plan: Plan,
  provider: RotatingProvider,
  login: KnownLogin,
  reason: SignedOutReason,
): void {
  login.ended = { reason, step: ledger.step }
  ledger.counts.ended += 1
  const { session, stored } = login
  if (login.endAsked || (session.over && session.over !== "reuse")) return
  ledger.counts.lost += 1
  const about = `${login.loginId} (${reason}), which held ${stored.text}`
  if (plan.rotation.kind === "window" && plan.rotation.seconds === Number.POSITIVE_INFINITY) {
    ledger.violate("lost although tokens may be reused", about)
  }
  // That a spent token was presented at all is judged where it was sent.
  if (session.over === "reuse") return
  if (provider.accepts(stored)) ledger.violate("ended with a good token", about)
  const missing = ledger.presentations.filter((one) => one.token === stored && one.issued && !one.stored)
  const unexcused = missing.find((one) => !excuseOf(one))
  if (missing.length === 0 || unexcused) {
    ledger.violate("rotation lost by us", `${about}: nothing disturbed its holder`)
  }
  if (reason !== "rotation_lost") ledger.violate("wrong reason", `${about}: its rotation was lost`)
}
