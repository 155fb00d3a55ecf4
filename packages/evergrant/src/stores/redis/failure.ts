import { setTimeout } from "node:timers"
import type { Seconds } from "../../clock.ts"
import { isEvergrantError, StoreError } from "../../errors.ts"

/** What {@link withTimeout} rejects with. */
const timeoutMessage = "no answer in time"

/** Redis's own word for what happened, as in `READONLY`, or the system's, as in `ECONNREFUSED`. */
const ownWord = /^[A-Z][A-Z0-9_]{2,}$/

/**
 * Redis's or the system's own name of what happened. Nothing else is passed on, not even as a cause: the errors of
 * the drivers carry the command that failed, and with it sealed records or a password.
 */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "unknown failure"
  const [word = ""] = error.message.split(" ", 1)
  if (ownWord.test(word)) return word
  const { code } = error as { code?: unknown }
  if (typeof code === "string" && ownWord.test(code)) return code
  return error.message === timeoutMessage ? timeoutMessage : "no connection"
}

/** Tells whether Redis has not seen a script yet, or has forgotten it: nothing of it was run. */
export function isScriptUnknown(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT")
}

/** Tells whether the server refuses a command to this user, or does not know it, as managed servers do. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Error && /^(NOPERM|ERR unknown (sub)?command|ERR .*disabled)/i.test(error.message)
}

/** What a failure becomes. Evergrant's own errors pass as they are. */
export function toStoreError(error: unknown, location: string): Error {
  if (isEvergrantError(error)) return error
  return new StoreError(
    "store_unavailable",
    `The Redis store at ${location} cannot be read or written (${describe(error)}).`,
  )
}

/** Waits for `work` at most `limit` seconds of real time. What comes of it later is dropped. */
export function withTimeout<T>(limit: Seconds, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(timeoutMessage)), limit * 1000)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
