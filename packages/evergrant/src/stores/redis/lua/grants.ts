/** The grants of a login. A grant's name says its login, provider and account. */
export const grants: string = `
local function grantName(key)
  return name(key.loginId, key.provider, key.providerAccountId)
end

local function indexGrant(named, grant)
  addToIndex(keys.grantsBySub, subName(grant), named)
  if given(grant.sid) then addToIndex(keys.grantsBySid, sidName(grant), named) end
end

local function unindexGrant(named, grant)
  removeFromIndex(keys.grantsBySub, subName(grant), named)
  if given(grant.sid) then removeFromIndex(keys.grantsBySid, sidName(grant), named) end
end

-- The grant of the same account keeps its place.
local function placeGrant(login, grant)
  grant.loginId = login.loginId
  grant.intent = cjson.null
  local named = grantName(grant)
  local known = read(keys.grants, named)
  if known then unindexGrant(named, known) else table.insert(login.grants, named) end
  write(keys.grants, named, grant)
  indexGrant(named, grant)
end

local function removeGrant(named)
  local grant = read(keys.grants, named)
  if not grant then return end
  unindexGrant(named, grant)
  redis.call("HDEL", keys.grants, named)
end

-- Whether a grant is still what the caller read.
local function holds(grant, guard)
  return tonumber(grant.generation) == tonumber(guard.generation) and grant.tokenHash == guard.tokenHash
end
`
