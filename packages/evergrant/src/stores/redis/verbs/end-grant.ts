import type { GrantStore } from "../../../store/grant-store.ts"
import { grantKeyOf } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login = liveLogin(arg.grant.loginId)
local named = grantName(arg.grant)
local grant = login and read(keys.grants, named)
if not grant then return "missing" end
if arg.held and not holds(grant, arg.held) then return "conflict" end
removeGrant(named)
for i, each in ipairs(login.grants) do
  if each == named then
    table.remove(login.grants, i)
    break
  end
end
if #login.grants > 0 then
  storeUpdated(login)
  return "grant_ended"
end
endLogin(login, arg)
for _, entry in ipairs(arg.outbox) do remember(entry) end
return "login_ended"
`)

export function endGrant(view: RedisView): GrantStore["endGrant"] {
  return async ({ grant, outbox = [], ...end }) =>
    (await view.run(script, { ...end, grant: grantKeyOf(grant), outbox })) as Awaited<
      ReturnType<GrantStore["endGrant"]>
    >
}
