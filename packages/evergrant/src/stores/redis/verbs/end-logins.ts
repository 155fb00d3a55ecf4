import type { GrantStore } from "../../../store/grant-store.ts"
import { type LoginReply, toLogin } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local by = arg.by
local found = selectLogins(by, (by.sid or by.sub) and tonumber(arg.at) or math.huge)
local ended = {}
for i, login in ipairs(found) do ended[i] = describe(login) end
if by.loginId then
  buryLogin(by.loginId, arg)
  local expired = #found == 0 and read(keys.logins, by.loginId)
  if expired then removeLogin(expired) end
elseif by.sid then
  buryKey(sidName(by), arg)
elseif by.sub then
  buryKey(subName(by), arg)
end
for _, login in ipairs(found) do endLogin(login, arg) end
for _, entry in ipairs(arg.outbox) do remember(entry) end
return ended
`)

export function endLogins(view: RedisView): GrantStore["endLogins"] {
  return async ({ outbox = [], ...end }) =>
    ((await view.run(script, { ...end, outbox })) as LoginReply[]).map(toLogin)
}
