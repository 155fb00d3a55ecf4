import type { Seconds } from "../../../clock.ts"
import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

/** How long a change stays in the feed for those who catch up. */
const changeRetention: Seconds = 600

/** How much one step removes at most: other calls are served between two steps. */
const stepSize = 200

/**
 * One step. What is removed was looked at again in the same step, so a login that was extended meanwhile stays. The
 * newest change stays however old it is. Returns whether there may be more to do.
 */
const script = defineScript(`
local function removeHandlesOf(loginId)
  if redis.call("HEXISTS", keys.logins, loginId) == 1 then return end
  if tombstoneInForce(name("login", loginId)) then return end
  for _, handleHash in ipairs(findInIndex(keys.handlesByLogin, name(loginId))) do
    removeHandle(handleHash, loginId)
  end
end

local tables = {
  login = keys.logins,
  handle = keys.handles,
  tombstone = keys.tombstones,
  spentToken = keys.spentTokens,
  lease = keys.leases,
  entry = keys.outbox,
}

local removals = {
  login = function(loginId, login)
    removeLogin(login)
    removeHandlesOf(loginId)
  end,
  handle = function(handleHash, handle)
    removeHandle(handleHash, handle.loginId)
  end,
  tombstone = function(named, tombstone)
    redis.call("HDEL", keys.tombstones, named)
    if tombstone.loginId then removeHandlesOf(tombstone.loginId) end
  end,
  entry = forget,
}

local due = redis.call("ZRANGEBYSCORE", keys.expiries, "-inf", arg.now, "LIMIT", 0, arg.stepSize)
for _, member in ipairs(due) do
  local colon = string.find(member, ":", 1, true)
  local kind, id = string.sub(member, 1, colon - 1), string.sub(member, colon + 1)
  local record = read(tables[kind], id)
  redis.call("ZREM", keys.expiries, member)
  if record and given(record.expiresAt) then
    if not isOver(record.expiresAt) then
      expireAt(kind, id, record.expiresAt)
    elseif removals[kind] then
      removals[kind](id, record)
    else
      redis.call("HDEL", tables[kind], id)
    end
  end
end

local latest = redis.call("GET", keys.latestChange)
local old = 0
for _, entry in ipairs(redis.call("XRANGE", keys.changes, "-", "+", "COUNT", arg.stepSize)) do
  local isNewest = entry[1] == latest .. "-0"
  if isNewest or tonumber(cjson.decode(entry[2][2]).at) > tonumber(arg.changesBefore) then break end
  redis.call("XDEL", keys.changes, entry[1])
  old = old + 1
end
local size = tonumber(arg.stepSize)
return (#due == size or old == size) and "more" or "done"
`)

export function sweep(view: RedisView): GrantStore["sweep"] {
  return async () => {
    const step = (): Promise<unknown> =>
      view.run(script, { stepSize, changesBefore: view.now() - changeRetention })
    while ((await step()) === "more");
  }
}
