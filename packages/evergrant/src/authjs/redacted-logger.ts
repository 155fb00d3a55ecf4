/** Auth.js's debug log holds whole token responses, cookies and client secrets. Not with Evergrant. */
import type { AuthConfig } from "@auth/core"

type Logger = NonNullable<AuthConfig["logger"]>

/** Members whose value is a secret, wherever core logs them. */
const secretNames: ReadonlySet<string> = new Set(
  [
    "access_token",
    "refresh_token",
    "id_token",
    "clientSecret",
    "client_secret",
    "clientPrivateKey",
    "code",
    "code_verifier",
    "cookie",
    "csrfToken",
    "password",
    "payload",
    "secret",
    "sessionToken",
    "state",
    "token",
    "value",
  ].map((name) => name.toLowerCase()),
)

/**
 * Wraps the debug function of a logger so that secrets never reach it; the shape of what is logged stays. Errors and
 * warnings of core hold none.
 */
export function redactedLogger({ logger, debug }: Pick<AuthConfig, "logger" | "debug">): Logger | undefined {
  const log = logger?.debug ?? (debug ? logToConsole : undefined)
  if (!log) return logger
  return { ...logger, debug: (message, metadata) => log(message, redact(metadata, new Set())) }
}

function logToConsole(message: string, metadata?: unknown): void {
  console.log(`[auth][debug]: ${message}`, JSON.stringify(metadata, null, 2))
}

function redact(value: unknown, above: ReadonlySet<object>): unknown {
  if (value instanceof URL) return `${value.origin}${value.pathname}`
  if (typeof value !== "object" || value === null || value instanceof Error) return value
  if (above.has(value)) return "[circular]"
  const inside = new Set(above).add(value)
  if (Array.isArray(value)) return value.map((item) => redact(item, inside))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      secretNames.has(name.toLowerCase()) && member !== undefined
        ? "[redacted]"
        : redact(name === "args" ? withoutTexts(member) : member, inside),
    ]),
  )
}

/** What an adapter's method was called with: a text there is an id or a session token, and has no name to tell. */
function withoutTexts(given: unknown): unknown {
  return Array.isArray(given) ? given.map((one) => (typeof one === "string" ? "[redacted]" : one)) : given
}
