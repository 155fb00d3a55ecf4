/**
 * An adapter whose errors can be logged. Auth.js logs what an adapter throws, and the drivers behind it quote the
 * parameters of the statement: the tokens of an account, the token of a session.
 */
import type { Adapter } from "@auth/core/adapters"
import { AccountTableError, isEvergrantError, StoreError } from "../../errors.ts"

/** The methods that are given something secret. */
const secretMethods = ["linkAccount", "createSession", "getSessionAndUser", "updateSession", "deleteSession"]

/** Wraps those methods. All others, and what they throw, stay as they are. */
export function quietAdapter(adapter: Adapter): Adapter {
  const quiet: Record<string, unknown> = { ...adapter }
  for (const name of secretMethods) {
    const method: unknown = Reflect.get(adapter, name)
    if (typeof method !== "function") continue
    quiet[name] = async (...given: unknown[]) => {
      try {
        return await method.apply(adapter, given)
      } catch (error) {
        throw toQuietError(name, error)
      }
    }
  }
  return quiet
}

function toQuietError(name: string, error: unknown): Error {
  if (isEvergrantError(error)) return error
  const message = `The adapter's ${name} failed${explain(error)}. What the database said is left out, because it may quote tokens.`
  return name === "linkAccount"
    ? new AccountTableError(message)
    : new StoreError("store_unavailable", message)
}

/** Name and code of the error and of those that it was wrapped around: no text. */
function explain(error: unknown): string {
  const words: string[] = []
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = "code" in one ? ` ${String(one.code)}` : ""
    words.push(`${one.name}${code}`)
  }
  return words.length > 0 ? ` (${words.join(", ")})` : ""
}
