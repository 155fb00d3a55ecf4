/**
 * Indexes are sorted sets whose scores are all zero, so that Redis sorts the members by their bytes: a member is the
 * name that is looked for and then the id that is found. `expiries` is the one that is sorted by time.
 */
export const indexes: string = String.raw`
local function addToIndex(index, named, id)
  redis.call("ZADD", index, 0, named .. id)
end

local function removeFromIndex(index, named, id)
  redis.call("ZREM", index, named .. id)
end

-- No byte of UTF-8 is 255.
local function findInIndex(index, named)
  local found = redis.call("ZRANGEBYLEX", index, "[" .. named, "(" .. named .. "\255")
  for i, member in ipairs(found) do found[i] = string.sub(member, #named + 1) end
  return found
end

local function expireAt(kind, id, time)
  redis.call("ZADD", keys.expiries, time, kind .. ":" .. id)
end

local function neverExpire(kind, id)
  redis.call("ZREM", keys.expiries, kind .. ":" .. id)
end
`
