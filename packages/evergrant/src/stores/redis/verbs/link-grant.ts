import type { GrantStore } from "../../../store/grant-store.ts"
import { toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login, why = liveLogin(arg.loginId)
if not login then return why end
if isBuried(arg.grant, arg.grant.sid) then return "ended" end
local taken = read(keys.handles, arg.handleHash)
if taken and taken.loginId ~= arg.loginId then return "conflict" end
for _, handleHash in ipairs(findInIndex(keys.handlesByLogin, name(arg.loginId))) do
  local handle = read(keys.handles, handleHash)
  if handle and not given(handle.expiresAt) then
    handle.expiresAt = arg.oldHandleUntil
    write(keys.handles, handleHash, handle)
    expireAt("handle", handleHash, arg.oldHandleUntil)
  end
end
placeHandle(arg.handleHash, arg.loginId)
placeGrant(login, arg.grant)
storeUpdated(login)
return "stored"
`)

export function linkGrant(view: RedisView): GrantStore["linkGrant"] {
  return async (link) => toOutcome(await view.run(script, link))
}
