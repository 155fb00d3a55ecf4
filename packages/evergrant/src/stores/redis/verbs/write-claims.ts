import type { GrantStore } from "../../../store/grant-store.ts"
import { grantKeyOf, toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login, grant, named = liveGrant(arg.grant)
if not login then return grant end
if tonumber(grant.generation) ~= tonumber(arg.generation) then return "conflict" end
grant.sealedClaims = arg.sealedClaims
write(keys.grants, named, grant)
storeUpdated(login)
return "stored"
`)

export function writeClaims(view: RedisView): GrantStore["writeClaims"] {
  return async (grant, generation, sealedClaims) =>
    toOutcome(await view.run(script, { grant: grantKeyOf(grant), generation, sealedClaims }))
}
