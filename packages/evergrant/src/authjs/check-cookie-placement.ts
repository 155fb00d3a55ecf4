/** What the placement without a store asks of the Auth.js config. */
import type { AuthConfig } from "@auth/core"
import { ConfigurationError } from "../errors.ts"
import { strategyOf } from "./session-strategy.ts"

/**
 * Checks a config with `cookieStore()` at start.
 *
 * @throws {ConfigurationError} `option_invalid`: the session would have no cookie of its own, or one that somebody
 *   can read.
 */
export function checkCookiePlacement(config: AuthConfig): void {
  if (strategyOf(config) === "database") {
    throw new ConfigurationError(
      "option_invalid",
      'cookieStore() needs the session cookie for the tokens, which session strategy "database" does not give it: use sqliteStore("evergrant.db"), or set session: { strategy: "jwt" }.',
    )
  }
  // One that only signs, as some APIs want it, would show the tokens to the browser.
  if (config.jwt?.encode || config.jwt?.decode) {
    throw new ConfigurationError(
      "option_invalid",
      'cookieStore() puts tokens into the session cookie, which Auth.js alone must encrypt: remove jwt.encode and jwt.decode, or use sqliteStore("evergrant.db").',
    )
  }
}
