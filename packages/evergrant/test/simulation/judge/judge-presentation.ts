/** No refresh token is presented twice unless an earlier answer was lost by what the schedule did. */
import { accessTokenLife, type Plan } from "../world/plan.ts"
import type { IssuedToken } from "../world/rotating-provider.ts"
import type { SimulatedProcess } from "../world/simulated-process.ts"
import { isPlain } from "./judge-call.ts"
import { excuseOf, type KnownLogin, type Ledger, type Presentation } from "./ledger.ts"

/** Seconds before expiry at which this token may be refreshed ahead: a fifth of its life. */
const ahead = accessTokenLife / 5

/** Notes that a token is sent, and judges it. */
export function judgePresentation(
  ledger: Ledger,
  plan: Plan,
  login: KnownLogin,
  process: SimulatedProcess,
  token: IssuedToken,
  now: number,
): Presentation {
  const holding = process.holdings.get(login.loginId)
  const presentation: Presentation = {
    token,
    loginId: login.loginId,
    process,
    holding,
    issued: undefined,
    issuedAtStep: 0,
    answer: "open",
    deliveredAtStep: 0,
    stored: false,
    cameLate: false,
    excuse: undefined,
  }
  // A refusal that was delivered spent nothing.
  const earlier = ledger.presentations.filter(
    (one) => one.token === token && one.answer !== "failed" && (one.issued || one.answer !== "delivered"),
  )
  const disturbed = holding === undefined || holding.frozen || holding.leaseInDoubt
  for (const one of earlier) {
    if (disturbed) break
    // A holder whom no lease kept apart may store its answer at the last moment: between the note and the request.
    const wasDisturbed = one.excuse || one.holding?.frozen || one.holding?.leaseInDoubt
    const unforeseeable = wasDisturbed && holding.begunAtStep === ledger.step
    if (one.stored && unforeseeable) continue
    if (one.stored) ledger.violate("spent token sent", `${token.text}: its successor is stored`)
    else if (!excuseOf(one))
      ledger.violate("token sent twice", `${token.text}: the first answer was not lost`)
  }
  const isDue = now >= token.issuedAt + accessTokenLife - ahead - 0.001
  if (isPlain(plan) && !isDue && login.forced === 0) {
    ledger.violate("refreshed without need", `${token.text} at ${now - token.issuedAt} s of its life`)
  }
  ledger.presentations.push(presentation)
  return presentation
}

/** Marks what a process holds and has not stored: it was killed, or frozen past its lease. */
export function excuseHolder(ledger: Ledger, process: SimulatedProcess, excuse: string): void {
  for (const one of ledger.presentations) {
    if (one.process === process && !one.stored && one.answer !== "failed") one.excuse ??= excuse
  }
}
