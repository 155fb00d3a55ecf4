/** What an application process is told, and what it tells. Everything is JSON. */
import type { SignedOutReason } from "../../src/errors.ts"
import type { EvergrantEvent } from "../../src/events.ts"
import type { RefreshOptions } from "../../src/evergrant.ts"
import type { SignIn, StartedLogin } from "../../src/session/sign-in.ts"
import type { FailurePoint, PointAction } from "./failure-points.ts"
import type { Tally } from "./tally.ts"

/** What a process is started with. */
export interface ApplicationSettings {
  /** `sqlite:FILE`, `redis://…` or `postgres://…`. */
  store: string
  namespace: string
  issuer: string
  clientId: string
  clientSecret: string
  refresh?: Omit<RefreshOptions, "defer">
  /** The types of the events that it tells. Default: all. */
  report?: readonly EvergrantEvent["type"][]
  /** Every wish for a lease is granted, as by a lock that is cut in two. Default `false`. */
  leasesForAll?: boolean
}

/** What became of one call for a token. */
export type Outcome =
  | { token: string; expiresAt: number }
  | { signedOut: SignedOutReason }
  /** An error's code: who cannot be asked now. */
  | { unavailable: "provider_unavailable" | "store_unavailable" }
  | { failed: string }

/** The tokens of those callers that were served. */
export function tokensOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => ("token" in outcome ? [outcome.token] : []))
}

/** How many callers ask for which token. */
export interface TokenWish {
  handle: string
  /** How many ask at the same moment. Default `1`. */
  callers?: number
  force?: boolean
}

/** Sessions that are asked for all the time. */
export interface LoadWish {
  handles: readonly string[]
  /** Seconds between two calls for the same one. */
  pause: number
}

/** What can be asked of a process: the name, what is sent with it, and what comes back. */
export interface Commands {
  signIn: { sent: Omit<SignIn, "token" | "maxAge">; answer: StartedLogin }
  tokens: { sent: TokenWish; answer: Outcome[] }
  /** Reads without refreshing: the generation of the grant, or why there is none. */
  look: { sent: { handle: string }; answer: { generation: number } | { signedOut: SignedOutReason } }
  signOut: { sent: { handle: string }; answer: null }
  sweep: { sent: null; answer: null }
  arm: { sent: { point: FailurePoint; action: PointAction }; answer: null }
  /** Lets go who waits at a failure point. */
  proceed: { sent: null; answer: null }
  /** Sets the clock of this process so many seconds fast. */
  setClock: { sent: { ahead: number }; answer: null }
  /** Undoes what was set: clock, failure points and who waits there. */
  reset: { sent: null; answer: null }
  load: { sent: LoadWish; answer: null }
  /** Ends the load. What came of it has been told by then. */
  unload: { sent: null; answer: null }
  /** Asks for each session within one second, and for each again until it is served. */
  wave: { sent: { handles: readonly string[] }; answer: Tally }
  /** The largest resident set so far, in bytes. */
  memory: { sent: null; answer: number }
  close: { sent: null; answer: null }
}

export type CommandName = keyof Commands

/** From the test to the process. */
export interface Request {
  id: number
  name: CommandName
  sent: unknown
}

/** From the process to the test. */
export type Message =
  | { ready: true }
  | { id: number; answer: unknown }
  | { id: number; error: string }
  | { event: EvergrantEvent }
  | { reached: FailurePoint }
  | { tally: Tally }
