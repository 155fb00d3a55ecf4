/** The feed. Redis runs one script at a time, which makes the order of the feed the order of the writes. */
export const changes: string = `
local function publish(kind, loginId, user, reason)
  local cursor = string.format("%.0f", redis.call("INCR", keys.latestChange))
  local change = cjson.encode({
    kind = kind,
    loginId = loginId or cjson.null,
    user = user,
    reason = reason or cjson.null,
    at = arg.now,
  })
  redis.call("XADD", keys.changes, cursor .. "-0", "change", change)
  -- A user who may not publish still writes: listeners then find the change when they look next.
  redis.pcall("PUBLISH", keys.changes, cursor)
end

-- Grows the version of a login, stores it and publishes that it changed. The last step of a write.
local function storeUpdated(login)
  login.version = plusOne(login.version)
  write(keys.logins, login.loginId, login)
  publish("login.updated", login.loginId, login.user)
end
`
