import type { GrantStore } from "../../../store/grant-store.ts"
import { guardOf } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local named = grantName(arg.guard.grant)
local grant = read(keys.grants, named)
if not grant or not holds(grant, arg.guard) or not given(grant.intent) then return false end
if grant.intent.owner ~= arg.owner or grant.intent.tokenHash ~= arg.guard.tokenHash then return false end
grant.intent = cjson.null
write(keys.grants, named, grant)
return false
`)

export function cancelRefresh(view: RedisView): GrantStore["cancelRefresh"] {
  return async (guard, owner) => {
    await view.run(script, { guard: guardOf(guard), owner })
  }
}
