/** Work that is remembered in the same step as what made it. */
export const outbox: string = `
-- An entry of the same id is left as it is.
local function remember(entry)
  if redis.call("HEXISTS", keys.outbox, entry.id) == 1 then return end
  write(keys.outbox, entry.id, entry)
  redis.call("ZADD", keys.outboxByDue, entry.dueAt, entry.id)
  expireAt("entry", entry.id, entry.expiresAt)
end

local function forget(id)
  redis.call("HDEL", keys.outbox, id)
  redis.call("ZREM", keys.outboxByDue, id)
  neverExpire("entry", id)
end
`
