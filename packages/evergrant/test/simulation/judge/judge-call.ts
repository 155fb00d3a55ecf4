/** What a caller was told, against what is true. */
import { isEvergrantError, SignedOutError } from "../../../src/errors.ts"
import type { MemoryTables } from "../../../src/stores/memory/tables.ts"
import type { Outcome } from "../world/operation.ts"
import type { Action, Plan } from "../world/plan.ts"
import { accessTokenOf } from "../world/rotating-provider.ts"
import type { KnownLogin, Ledger } from "./ledger.ts"

/** A call of the application. */
export interface Call {
  action: Action
  login: KnownLogin
  startedAtStep: number
  /** The process was frozen meanwhile: what it says may be old. */
  wasFrozen: boolean
  outcome: Outcome | undefined
}

/** Whether a call can get nothing but a good answer: nothing fails, and nobody is slow. */
export function isPlain({ calm, haste, providerDelay }: Plan): boolean {
  return calm && haste === 0 && providerDelay === 0
}

/** Judges the answer of a call. */
export function judgeCall(ledger: Ledger, plan: Plan, tables: MemoryTables, call: Call, now: number): void {
  const { outcome, login } = call
  if (!outcome) return
  const isOver = login.ended !== undefined || call.action.kind.endsWith("job")
  if ("error" in outcome) {
    const { error } = outcome
    if (!isEvergrantError(error)) ledger.violate("unforeseen error", String(error))
    else if (error.code === "no_grant") ledger.violate("told no grant", login.loginId)
    else if (error.code === "signed_out") judgeSignedOut(ledger, tables, call, reasonOf(error))
    else if (isPlain(plan) && !isOver)
      ledger.violate("refused without need", `${call.action.kind}: ${error.code}`)
    return
  }
  const { value } = outcome
  if (typeof value !== "object" || value === null) return
  if ("status" in value && "reason" in value) judgeSignedOut(ledger, tables, call, String(value.reason))
  const served = "accessToken" in value || "view" in value || "claims" in value
  if (served && login.ended && login.ended.step < call.startedAtStep && !call.action.kind.endsWith("job")) {
    ledger.violate("ended login served", `${call.action.kind} of ${login.loginId}`)
  }
  if ("accessToken" in value && "expiresAt" in value) {
    judgeToken(ledger, plan, call, String(value.accessToken), Number(value.expiresAt), now)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof SignedOutError ? error.reason : "unknown"
}

function judgeSignedOut(ledger: Ledger, tables: MemoryTables, { action, login }: Call, reason: string): void {
  if (action.kind.endsWith("job")) {
    const lives = [...ledger.logins.values()].every(({ loginId }) => tables.logins.has(loginId))
    if (lives) ledger.violate("told signed out", `${action.kind}, although every login lives`)
    return
  }
  if (tables.logins.has(login.loginId))
    ledger.violate("told signed out", `${login.loginId} lives (${reason})`)
  if (reason === "unknown_session" || reason === "unreadable_session")
    ledger.violate("told signed out", reason)
}

function judgeToken(
  ledger: Ledger,
  plan: Plan,
  { action, login, startedAtStep, wasFrozen }: Call,
  accessToken: string,
  expiresAt: number,
  now: number,
): void {
  const token = [...ledger.tokensByHash.values()].find((one) => accessTokenOf(one) === accessToken)
  const isJob = action.kind.endsWith("job")
  if (!token || (!isJob && token.session !== login.session)) {
    ledger.violate("foreign token served", `${accessToken} to ${login.loginId}`)
    return
  }
  if (!wasFrozen && expiresAt < Math.floor(now)) {
    ledger.violate("expired token served", `${accessToken} at ${now - expiresAt} s after its end`)
  }
  if (!plan.calm || !action.kind.startsWith("forced")) return
  const presentation = ledger.presentations.find((one) => one.issued === token)
  if (!presentation || presentation.issuedAtStep < startedAtStep) {
    ledger.violate("forced call got an old token", accessToken)
  }
}
