/** How a login, sid or sub is marked as ended, and what such a mark forbids. */
export const tombstones: string = `
local function tombstoneInForce(named)
  local tombstone = read(keys.tombstones, named)
  if tombstone and not isOver(tombstone.expiresAt) then return tombstone end
end

local function writeTombstone(named, tombstone)
  write(keys.tombstones, named, tombstone)
  expireAt("tombstone", named, tombstone.expiresAt)
end

-- The first reason stands: a login ends once.
local function buryLogin(loginId, ending)
  local named = name("login", loginId)
  local tombstone = tombstoneInForce(named)
    or { loginId = loginId, reason = ending.reason, at = ending.at, expiresAt = ending.tombstoneUntil }
  tombstone.expiresAt = later(tombstone.expiresAt, ending.tombstoneUntil)
  writeTombstone(named, tombstone)
end

-- The latest time stands: it covers the earlier ones.
local function buryKey(named, ending)
  local known = tombstoneInForce(named)
  local latest = known and tonumber(known.at) > tonumber(ending.at) and known or ending
  writeTombstone(named, {
    reason = latest.reason,
    at = latest.at,
    expiresAt = later(known and known.expiresAt or "0", ending.tombstoneUntil),
  })
end

local function sidName(of)
  return name("sid", of.issuer, of.clientId, of.sid)
end

local function subName(of)
  return name("sub", of.issuer, of.clientId, of.sub)
end

-- Whether a tombstone of the grant's sub, or of this sid, is as young as the grant or younger.
local function isBuried(grant, sid)
  local function forbids(named)
    local tombstone = tombstoneInForce(named)
    return tombstone and tonumber(grant.firstIssuedAt) <= tonumber(tombstone.at)
  end
  if forbids(subName(grant)) then return true end
  return given(sid)
    and forbids(sidName({ issuer = grant.issuer, clientId = grant.clientId, sid = sid }))
end
`
