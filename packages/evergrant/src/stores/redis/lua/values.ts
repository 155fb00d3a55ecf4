/**
 * What every script begins with: the keys by name, the one argument, the time, and how records are read and written.
 * Numbers are text in records and arguments, as JavaScript wrote them: Lua's JSON would cut them to 14 digits.
 */
import { keyNames } from "../keys.ts"

const keyTable = keyNames.map((name, i) => `${name} = KEYS[${i + 1}]`).join(", ")

export const values: string = `
local keys = { ${keyTable} }
local arg = cjson.decode(ARGV[1])
local now = tonumber(arg.now)

local function given(value)
  return value ~= nil and value ~= cjson.null
end

local function plusOne(number)
  return string.format("%.0f", tonumber(number) + 1)
end

local function later(a, b)
  if tonumber(a) < tonumber(b) then return b end
  return a
end

local function isOver(time)
  return tonumber(time) <= now
end

-- One name for several ids, whatever characters they have: each is preceded by its length.
local function name(...)
  local parts = { ... }
  for i, part in ipairs(parts) do parts[i] = #part .. ":" .. part end
  return table.concat(parts)
end

-- The record of a hash, and as it is stored.
local function read(key, field)
  local stored = redis.call("HGET", key, field)
  return stored and cjson.decode(stored), stored
end

local function write(key, field, record)
  redis.call("HSET", key, field, cjson.encode(record))
end
`
