import type { GrantStore } from "../../../store/grant-store.ts"
import { toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login = arg.login
if tombstoneInForce(name("login", login.loginId)) then return "ended" end
for _, grant in ipairs(arg.grants) do
  if isBuried(grant, grant.sid) then return "ended" end
end
if redis.call("HEXISTS", keys.logins, login.loginId) == 1 then return "conflict" end
if redis.call("HEXISTS", keys.handles, arg.handleHash) == 1 then return "conflict" end
login.version = "0"
login.grants = {}
placeHandle(arg.handleHash, login.loginId)
for _, grant in ipairs(arg.grants) do placeGrant(login, grant) end
addToIndex(keys.loginsByUser, name(login.user), login.loginId)
expireAt("login", login.loginId, login.expiresAt)
storeUpdated(login)
return "stored"
`)

export function createLogin(view: RedisView): GrantStore["createLogin"] {
  return async (login, handleHash, grants) => toOutcome(await view.run(script, { login, handleHash, grants }))
}
