import { ConfigurationError } from "../../errors.ts"
import type { RedisPlace } from "./connection.ts"
import { placeOfIoredis, placeOfUrl } from "./ioredis.ts"
import { placeOfNodeRedis } from "./node-redis.ts"

/** A client of ioredis (`Redis`, `Cluster`) or of node-redis, in whatever version: what tells it from another object. */
export interface RedisClient {
  options?: object | undefined
  duplicate(...options: never[]): object
}

function refuse(remedy: string): never {
  throw new ConfigurationError("option_invalid", `redisStore needs ${remedy}.`)
}

/** Nothing of the text is repeated: it may hold a password, in whatever place it was put. */
function parseUrl(text: string): URL {
  if (!URL.canParse(text)) refuse('a URL as in "redis://127.0.0.1:6379/0"')
  const url = new URL(text)
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    refuse("a URL that begins with redis:// or rediss://")
  }
  if (!/^\/?\d*$/.test(url.pathname))
    refuse('the number of a database as the path, as in "redis://127.0.0.1:6379/0"')
  // ioredis takes any parameter for an option, and would rather believe it than the store.
  if ([...url.searchParams.keys()].some((name) => name !== "family")) {
    refuse("a URL without parameters (but for family): pass a client of your own for other settings")
  }
  return url
}

function isClient(target: unknown): target is RedisClient {
  return typeof target === "object" && target !== null && "duplicate" in target && "options" in target
}

/** Finds out what the application gave. */
export function findPlace(target: string | RedisClient): RedisPlace {
  if (typeof target === "string") return placeOfUrl(parseUrl(target))
  if (!isClient(target)) refuse("a URL, or a client of ioredis or node-redis")
  return "status" in target ? placeOfIoredis(target) : placeOfNodeRedis(target)
}
