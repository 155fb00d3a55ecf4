import type { GrantStore } from "../../../store/grant-store.ts"
import { type LoginReply, toLogin } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local found = selectLogins(arg.by, math.huge)
for i, login in ipairs(found) do found[i] = describe(login) end
return found
`)

export function listLogins(view: RedisView): GrantStore["listLogins"] {
  return async (by) => ((await view.run(script, { by })) as LoginReply[]).map(toLogin)
}
