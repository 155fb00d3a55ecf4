import type { GrantStore } from "../../../store/grant-store.ts"
import { toOutboxEntry } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

/** Entries that have expired stand in the way until a sweep takes them, so it looks on, a page at a time. */
const script = defineScript(`
local limit, page, offset = tonumber(arg.limit), 100, 0
local claimed = {}
while #claimed < limit do
  local ids = redis.call("ZRANGEBYSCORE", keys.outboxByDue, "-inf", arg.now, "LIMIT", offset, page)
  for _, id in ipairs(ids) do
    local entry = read(keys.outbox, id)
    if #claimed < limit and entry and not isOver(entry.expiresAt) then table.insert(claimed, entry) end
  end
  if #ids < page then break end
  offset = offset + page
end
for i, entry in ipairs(claimed) do
  entry.attempts = plusOne(entry.attempts)
  claimed[i] = cjson.encode(entry)
  entry.dueAt = arg.heldUntil
  write(keys.outbox, entry.id, entry)
  redis.call("ZADD", keys.outboxByDue, entry.dueAt, entry.id)
end
return claimed
`)

export function claimOutbox(view: RedisView): GrantStore["claimOutbox"] {
  return async (limit, holdFor) => {
    const heldUntil = view.now() + holdFor
    return ((await view.run(script, { limit, heldUntil })) as string[]).map(toOutboxEntry)
  }
}
