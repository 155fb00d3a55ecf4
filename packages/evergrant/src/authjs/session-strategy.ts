/** Where sessions live. */
import type { AuthConfig } from "@auth/core"
import type { Adapter } from "@auth/core/adapters"
import { ConfigurationError } from "../errors.ts"

/** Where sessions live, by Auth.js's own rule: in the database if there is an adapter and nothing else is said. */
export function strategyOf({
  session,
  adapter,
}: Pick<AuthConfig, "session" | "adapter">): "jwt" | "database" {
  return session?.strategy ?? (adapter ? "database" : "jwt")
}

const sessionMethods = ["createSession", "getSessionAndUser", "updateSession", "deleteSession"] as const

/**
 * Checks that an adapter can keep sessions.
 *
 * @throws {ConfigurationError} `option_invalid`, one sentence with the remedy.
 */
export function checkSessions(adapter: Adapter | undefined): void {
  if (!adapter) {
    throw invalid(
      'session.strategy is "database" and there is no adapter: add one, or set session: { strategy: "jwt" }.',
    )
  }
  const missing = sessionMethods.filter((method) => typeof adapter[method] !== "function")
  if (missing.length === 0) return
  throw invalid(
    `The adapter keeps no sessions (it lacks ${missing.join(", ")}): set session: { strategy: "jwt" }, or use an adapter that has them.`,
  )
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("option_invalid", message)
}
