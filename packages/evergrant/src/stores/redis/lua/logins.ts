/** Logins and their handles: which can be written to, which are selected, what goes when one goes. */
export const logins: string = `
-- The login, if it can still be written to; else nothing, and why not.
local function liveLogin(loginId)
  if tombstoneInForce(name("login", loginId)) then return nil, "ended" end
  local login = read(keys.logins, loginId)
  if not login then return nil, "missing" end
  if isOver(login.expiresAt) then return nil, "ended" end
  return login
end

-- The login, the grant and its name, if it can still be written to. sid is the one that the write would leave.
local function liveGrant(key, sid)
  local login, why = liveLogin(key.loginId)
  if not login then return nil, why end
  local named = grantName(key)
  local grant = read(keys.grants, named)
  if not grant then return nil, "missing" end
  if isBuried(grant, sid or grant.sid) then return nil, "ended" end
  return login, grant, named
end

-- A login as a reader sees it: as it is stored, the data of its user, and its grants in order.
local function describe(login)
  local parts = { redis.call("HGET", keys.logins, login.loginId), redis.call("HGET", keys.data, login.user) }
  for _, named in ipairs(login.grants) do table.insert(parts, redis.call("HGET", keys.grants, named)) end
  return parts
end

local function selectedIds(by, at)
  if by.loginId then return { by.loginId } end
  if by.user then return findInIndex(keys.loginsByUser, name(by.user)) end
  local named, index = nil, nil
  if by.sid then
    named, index = sidName(by), keys.grantsBySid
  else
    named, index = subName(by), keys.grantsBySub
  end
  local ids, seen = {}, {}
  for _, found in ipairs(findInIndex(index, named)) do
    local grant = read(keys.grants, found)
    if grant and not seen[grant.loginId] and tonumber(grant.firstIssuedAt) <= at then
      seen[grant.loginId] = true
      table.insert(ids, grant.loginId)
    end
  end
  return ids
end

-- The live logins that a selector names, oldest first. Grants first issued later than at are left alone.
local function selectLogins(by, at)
  local found = {}
  for _, loginId in ipairs(selectedIds(by, at)) do
    local login = read(keys.logins, loginId)
    if login and not isOver(login.expiresAt) then table.insert(found, login) end
  end
  table.sort(found, function(a, b)
    if a.createdAt ~= b.createdAt then return tonumber(a.createdAt) < tonumber(b.createdAt) end
    return a.loginId < b.loginId
  end)
  return found
end

-- Removes the sealed contents of a login. Its handles stay, and lead to the tombstone.
local function removeLogin(login)
  for _, named in ipairs(login.grants) do removeGrant(named) end
  redis.call("HDEL", keys.logins, login.loginId)
  removeFromIndex(keys.loginsByUser, name(login.user), login.loginId)
  neverExpire("login", login.loginId)
end

local function endLogin(login, ending)
  buryLogin(login.loginId, ending)
  removeLogin(login)
  publish("login.ended", login.loginId, login.user, ending.reason)
end

-- Makes a handle lead to a login for as long as the login lasts.
local function placeHandle(handleHash, loginId)
  write(keys.handles, handleHash, { loginId = loginId, expiresAt = cjson.null })
  addToIndex(keys.handlesByLogin, name(loginId), handleHash)
  neverExpire("handle", handleHash)
end

local function removeHandle(handleHash, loginId)
  redis.call("HDEL", keys.handles, handleHash)
  removeFromIndex(keys.handlesByLogin, name(loginId), handleHash)
  neverExpire("handle", handleHash)
end
`
