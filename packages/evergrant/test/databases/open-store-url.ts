/** Stores named by a URL, so that a test can tell another process which one it means. */
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"

/** `sqlite:FILE`, or `redis://HOST:PORT?prefix=PREFIX`. */
export type StoreUrl = `sqlite:${string}` | `redis://${string}`

/** The store that a URL names. */
export function storeOfUrl(text: string): StoreDriver {
  const url = new URL(text)
  switch (url.protocol) {
    case "sqlite:":
      return sqliteStore(text.slice("sqlite:".length))
    case "redis:": {
      const prefix = url.searchParams.get("prefix") ?? "evergrant"
      url.search = ""
      return redisStore(url.href, { prefix })
    }
    // A further store has its case here and its form in `StoreUrl`.
    default:
      throw new Error(`no store has URLs of ${url.protocol}`)
  }
}

/** The URL of another place beside the one that is named; `name` is of letters and digits. */
export function besideStoreUrl(text: string, name: string): string {
  return `${text}-${name}`
}
