/** `EVERGRANT_STORE`: read by start.mjs, which checks and closes it, and by auth.ts, which uses it. */
import { isEvergrantError } from "evergrant"
import { cookieStore } from "evergrant/stores/cookie"
import { memoryStore } from "evergrant/stores/memory"
import { postgresStore } from "evergrant/stores/postgres"
import { redisStore } from "evergrant/stores/redis"
import { sqliteStore } from "evergrant/stores/sqlite"

const remedy = "set it to memory:, cookie:, sqlite:FILE, redis://HOST or postgres://HOST/DATABASE"

/**
 * The store that the setting names. Applications that share a server are kept apart by `?prefix=NAME` (Redis) or
 * `?schema=NAME` (PostgreSQL).
 *
 * @param {string | undefined} setting
 * @throws {Error} One sentence with the remedy. Never the value itself: it may hold the password of a database.
 */
export function toStore(setting = "memory:") {
  try {
    return openable(setting)
  } catch (error) {
    if (!isEvergrantError(error)) throw error
    throw new Error(`EVERGRANT_STORE cannot be used: ${error.message}`)
  }
}

/** @param {string} setting */
function openable(setting) {
  if (setting === "memory:") return memoryStore({ name: "demo" })
  if (setting === "cookie:") return cookieStore({ name: "demo" })
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):(.*)$/.exec(setting) ?? []
  switch (scheme) {
    case "sqlite":
      if (rest === "") throw new Error(`EVERGRANT_STORE names no file: ${remedy}.`)
      return sqliteStore(rest)
    case "redis":
    case "rediss": {
      const { url, name } = split(setting, "prefix")
      return redisStore(url, name === null ? {} : { prefix: name })
    }
    case "postgres":
    case "postgresql": {
      const { url, name } = split(setting, "schema")
      return postgresStore(url, { createSchema: true, ...(name === null ? {} : { schema: name }) })
    }
    default:
      throw new Error(`EVERGRANT_STORE names no known kind of store: ${remedy}.`)
  }
}

/**
 * Takes a parameter of ours out of an address.
 *
 * @param {string} setting
 * @param {string} parameter
 */
function split(setting, parameter) {
  const url = URL.parse(setting)
  if (!url) throw new Error(`EVERGRANT_STORE is not a URL: ${remedy}.`)
  const name = url.searchParams.get(parameter)
  url.searchParams.delete(parameter)
  return { url: url.href, name }
}
