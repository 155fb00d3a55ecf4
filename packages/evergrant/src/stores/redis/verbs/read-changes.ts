import type { GrantStore } from "../../../store/grant-store.ts"
import type { Change } from "../../../store/records.ts"
import { toChanges } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

/** Returns the position of the newest change, and then what came after a position. */
const script = defineScript(`
local reply = { redis.call("GET", keys.latestChange) or "0" }
local limit = tonumber(arg.limit)
if limit < 1 then return reply end
local entries = redis.call("XRANGE", keys.changes, plusOne(arg.cursor) .. "-0", "+", "COUNT", limit)
for _, entry in ipairs(entries) do
  table.insert(reply, (string.gsub(entry[1], "-0$", "")))
  table.insert(reply, entry[2][2])
end
return reply
`)

/** A look at the feed. */
export interface FeedPage {
  /** The position of the newest change; `0` when there was none. */
  latest: number
  changes: Change[]
}

/** Reads changes after a position, oldest first, with the position of the newest in the same step. */
export async function readFeed(view: RedisView, cursor: number, limit: number): Promise<FeedPage> {
  const [latest, ...changes] = (await view.run(script, { cursor, limit })) as string[]
  return { latest: Number(latest), changes: toChanges(changes) }
}

export function latestChange(view: RedisView): GrantStore["latestChange"] {
  return async () => (await readFeed(view, 0, 0)).latest
}

export function changesAfter(view: RedisView): GrantStore["changesAfter"] {
  return async (cursor, limit) => (await readFeed(view, cursor, limit)).changes
}
