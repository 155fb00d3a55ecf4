import type { GrantStore } from "../../../store/grant-store.ts"
import { guardOf, toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login, grant, named = liveGrant(arg.guard.grant)
if not login then return grant end
if not holds(grant, arg.guard) then return "conflict" end
local noted = type(grant.intent) == "table" and grant.intent.owner or ""
if arg.instead and noted ~= arg.instead then return "conflict" end
grant.intent = { tokenHash = arg.guard.tokenHash, owner = arg.owner, at = arg.at }
write(keys.grants, named, grant)
return "stored"
`)

export function beginRefresh(view: RedisView): GrantStore["beginRefresh"] {
  return async (guard, { owner, at, instead }) => {
    const noted = instead === undefined ? {} : { instead: instead ?? "" }
    return toOutcome(await view.run(script, { guard: guardOf(guard), owner, at, ...noted }))
  }
}
