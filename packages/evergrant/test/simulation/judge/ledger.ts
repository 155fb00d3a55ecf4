/** What a schedule has done so far, as it has to be known to judge the next step. It never steers anything. */
import { hash } from "node:crypto"
import type { SignedOutReason } from "../../../src/errors.ts"
import type { IssuedToken, ProviderSession } from "../world/rotating-provider.ts"
import type { Holding, SimulatedProcess } from "../world/simulated-process.ts"

/** A refresh token that was presented at the provider. */
export interface Presentation {
  token: IssuedToken
  loginId: string
  process: SimulatedProcess
  /** The refresh that it belongs to. */
  holding: Holding | undefined
  issued: IssuedToken | undefined
  issuedAtStep: number
  /** `open`: on its way, or delivered; `failed`: known not to have been processed; `lost`: nobody knows. */
  answer: "open" | "delivered" | "failed" | "lost"
  deliveredAtStep: number
  /** What was issued has been stored. */
  stored: boolean
  /** What was issued could not be stored, because the login had ended. */
  cameLate: boolean
  /** What this schedule did to the holder between sending and storing. */
  excuse: string | undefined
}

export interface KnownLogin {
  loginId: string
  user: string
  session: ProviderSession
  /** The refresh token that is stored. */
  stored: IssuedToken
  /** Somebody asked for its end. */
  endAsked: boolean
  ended: { reason: SignedOutReason; step: number } | undefined
  /** Forced calls that are under way. */
  forced: number
}

/** A rule that was broken. */
export interface Violation {
  rule: string
  detail: string
}

export interface Ledger {
  step: number
  logins: Map<string, KnownLogin>
  presentations: Presentation[]
  /** By the fingerprint that the store knows. */
  tokensByHash: Map<string, IssuedToken>
  /** Refresh tokens whose revocation this schedule has disturbed. */
  unrevoked: Set<string>
  /** Failures of writes in a row, by process. */
  failedCommits: Map<SimulatedProcess, number>
  counts: Record<"refreshes" | "recovered" | "lost" | "ended" | "kills" | "freezes" | "faults", number>
  violation: Violation | undefined
  /** Says that a rule is broken. The first one counts. */
  violate(rule: string, detail: string): void
}

export function createLedger(): Ledger {
  const ledger: Ledger = {
    step: 0,
    logins: new Map(),
    presentations: [],
    tokensByHash: new Map(),
    unrevoked: new Set(),
    failedCommits: new Map(),
    counts: { refreshes: 0, recovered: 0, lost: 0, ended: 0, kills: 0, freezes: 0, faults: 0 },
    violation: undefined,
    violate(rule, detail) {
      ledger.violation ??= { rule, detail }
    },
  }
  return ledger
}

/** The fingerprint under which the store knows a token. */
export function fingerprint(text: string): string {
  return hash("sha256", text, "base64url")
}

/** What excuses that a presented token is missing from the store, if anything does. */
export function excuseOf({ stored, excuse, holding }: Presentation): string | undefined {
  if (stored) return undefined
  if (excuse) return excuse
  if (holding?.frozen) return "its process had been frozen since it took the lease"
  return holding?.leaseInDoubt ? "the lease was in doubt" : undefined
}
