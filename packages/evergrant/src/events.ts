/** Everything that can be observed. No event holds a token, a cookie or a secret. */
import type { EpochSeconds, Seconds } from "./clock.ts"
import type { SignedOutReason } from "./errors.ts"

/** What became of the provider's session at a sign-out. */
export interface ProviderSignOut {
  provider: string
  /**
   * - `ended`: the provider confirmed it.
   * - `unknown`: the request was sent, and its answer does not tell.
   * - `unsupported`: the provider has no way to end a session from here.
   * - `failed`: the provider could not be reached, or refused.
   * - `shared`: other logins of the account go on using the grant; it ends with the last of them.
   */
  status: "ended" | "unknown" | "unsupported" | "failed" | "shared"
  /** What could not be done, in words for a log. */
  reason?: string
}

/** One thing that happened. */
export type EvergrantEvent =
  | { type: "session.started"; loginId: string; user: string; provider: string; grant: boolean }
  | { type: "session.ended"; loginId: string; user: string; reason: SignedOutReason }
  | { type: "account.linked"; loginId: string; user: string; provider: string; grant: boolean }
  /** The account row holds the tokens of this login and generation now; `null`: it was emptied. */
  | { type: "account.updated"; provider: string; loginId: string | null; generation: number | null }
  /** There is an adapter and nothing that writes its account table. Told once per process. */
  | { type: "accounts.unwritten" }
  /** Something could not be done now, and is tried again until it is. */
  | { type: "work.postponed"; kind: "account.sync" | "session.remove" }
  | { type: "session.stillborn"; provider: string; reason: string }
  | {
      type: "tokens.refreshed"
      loginId: string
      provider: string
      generation: number
      took: Seconds
      forced: boolean
    }
  /** Another login of the account, or another service, had refreshed the grant that they share. */
  | { type: "tokens.adopted"; loginId: string; provider: string; generation: number }
  | { type: "tokens.recovered"; loginId: string; provider: string; generation: number }
  | {
      type: "refresh.failed"
      loginId: string
      provider: string
      kind: "transient" | "terminal"
      code: string
      retryAt?: EpochSeconds
    }
  | { type: "provider.misconfigured"; provider: string; code: string; remedy: string; retryAt: EpochSeconds }
  | { type: "claims.refused"; loginId: string; provider: string; source: string; rule: string }
  | { type: "claims.stale"; loginId: string; provider: string; source: string; code: string }
  | { type: "data.patched"; user: string; fields: string[]; by: "server" | "browser" }
  | { type: "data.load_failed"; user: string; why: string }
  | { type: "signout.finished"; loginId: string; user: string; providers: ProviderSignOut[] }
  | { type: "record.unreadable"; loginId: string; record: "login" | "grant" | "data" }
  | { type: "store.unavailable"; operation: string }
  /** A setting of the database by which it may lose what it was given. Told once per process and database. */
  | { type: "store.warning"; store: string; setting: string; remedy: string }
  /** Said once at start: what this store cannot promise is a table in `docs/cookie-placement.md`. */
  | { type: "placement.limited"; store: "cookie" }
  | { type: "callback.failed"; callback: "jwt" | "session" | "authorized" | "signOut" }

/** Receives events. A throw is swallowed: an observer never decides about a session. */
export type EventListener = (event: EvergrantEvent) => void

/** What it means that work has to wait. */
const postponed: Readonly<Record<string, string>> = {
  "account.sync":
    "The account table cannot be written. Sessions go on with their fresh tokens, and the row is written as soon as the database is back.",
  "session.remove":
    "A session row cannot be removed from the database. Its login has ended and is refused all the same; the row is removed as soon as the database is back.",
}

/** Events that ask somebody to act, with the sentence for the log. */
function alarm(event: EvergrantEvent): string | undefined {
  switch (event.type) {
    case "provider.misconfigured":
      return `Provider "${event.provider}" refuses this application (${event.code}). Nobody was signed out. ${event.remedy}`
    case "store.unavailable":
      return `The store cannot be reached (${event.operation}). Requests are answered with 503, nobody is signed out.`
    case "store.warning":
      return `The ${event.store} store may lose what it is given (${event.setting}). ${event.remedy}`
    case "placement.limited":
      return "cookieStore() keeps logins in the session cookie: other instances, a restart under strict rotation, Server Components that refresh and the immediate end of every copy are not covered as with a store (docs/cookie-placement.md)."
    case "record.unreadable":
      return `A stored ${event.record} cannot be opened (login ${event.loginId}): its key is not among the configured secrets, or it was altered. The user has to sign in again.`
    case "data.load_failed":
      return `evergrant.data.load failed for a user at sign-in: ${event.why}`
    case "accounts.unwritten":
      return "evergrant.accounts is not set: the rows of the account table keep the tokens of the first sign-in. Set drizzleAccounts(db), prismaAccounts(prisma), pgAccounts(pool), sqliteAccounts(database), or an object with update(key, patch, expected) of your own."
    case "work.postponed":
      return postponed[event.kind] ?? "Something that is to be done later cannot be done by this version."
    case "callback.failed":
      return `The application's "${event.callback}" callback threw. The request was treated as signed out, the cookie was kept.`
    default:
      return undefined
  }
}

/** Writes alarms, at most one of a kind in ten seconds, to the console; used when the application does not listen. */
export function consoleListener(now: () => EpochSeconds): EventListener {
  const last = new Map<string, EpochSeconds>()
  return (event) => {
    const sentence = alarm(event)
    const kind = event.type === "store.warning" ? `${event.type} ${event.setting}` : event.type
    if (sentence === undefined || now() - (last.get(kind) ?? 0) < 10) return
    last.set(kind, now())
    console.warn(`[evergrant] ${sentence}`)
  }
}

/** Hands events to a listener and swallows what it throws. */
export function createEmitter(listener: EventListener): EventListener {
  return (event) => {
    try {
      listener(event)
    } catch {
      // The listener is the application's; its faults are not the session's.
    }
  }
}
