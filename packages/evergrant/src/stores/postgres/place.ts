/** Where a store is: which database, which schema. Never who asks, and with which password. */
import { ConfigurationError } from "../../errors.ts"
import type { PgPool } from "./pool.ts"

/** Names that need no escaping within double quotes, and fit PostgreSQL's limit. */
const schemaName = /^(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** @throws {ConfigurationError} `option_invalid`: PostgreSQL would not take this name, or would need it escaped. */
export function checkSchemaName(schema: string): void {
  if (typeof schema === "string" && schemaName.test(schema)) return
  throw new ConfigurationError(
    "option_invalid",
    "The option schema of postgresStore must be a name of letters, digits and underscores, at most 63, that does not begin with a digit or pg_.",
  )
}

/** @throws {ConfigurationError} `option_invalid`: not the URL of a PostgreSQL database. Says nothing of what it is. */
export function locateUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !["postgres:", "postgresql:"].includes(parsed.protocol)) {
    throw new ConfigurationError(
      "option_invalid",
      "postgresStore needs a Pool of pg, or a URL such as postgres://user@host:5432/database (percent-encode special characters of the password).",
    )
  }
  const host = parsed.searchParams.get("host") ?? (parsed.hostname || environment("PGHOST", "localhost"))
  const port = parsed.searchParams.get("port") ?? (parsed.port || environment("PGPORT", "5432"))
  const database = parsed.pathname.slice(1) || environment("PGDATABASE", parsed.username)
  return `${host}:${port}/${database}`
}

function environment(name: string, fallback: string): string {
  return process.env[name] || fallback
}

let lastUnknown = 0
const unknownPools = new WeakMap<object, string>()

/** Names the pool itself where it does not tell its database: two unknown ones are never taken for the same. */
function nameUnknown(pool: object): string {
  const name = unknownPools.get(pool) ?? `pool ${++lastUnknown}`
  unknownPools.set(pool, name)
  return name
}

/** @throws {ConfigurationError} `option_invalid`: this is no pool. */
export function locatePool(pool: PgPool): string {
  if (typeof pool !== "object" || pool === null || typeof pool.connect !== "function") {
    throw new ConfigurationError(
      "option_invalid",
      "postgresStore needs a Pool of pg, or the URL of a database.",
    )
  }
  if (!("options" in pool) || typeof pool.options !== "object" || pool.options === null)
    return nameUnknown(pool)
  const options: { connectionString?: unknown; host?: unknown; port?: unknown; database?: unknown } =
    pool.options
  const { connectionString } = options
  if (typeof connectionString === "string") {
    return URL.canParse(connectionString) ? locateUrl(connectionString) : nameUnknown(pool)
  }
  const host = String(options.host ?? environment("PGHOST", "localhost"))
  const port = String(options.port ?? environment("PGPORT", "5432"))
  return `${host}:${port}/${String(options.database ?? environment("PGDATABASE", ""))}`
}
