import type { GrantStore } from "../../../store/grant-store.ts"
import { guardOf, toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local guard, rotated = arg.guard, arg.rotated
local login, grant, named = liveGrant(guard.grant, rotated.sid)
if not login then return grant end
if not holds(grant, guard) then return "conflict" end
unindexGrant(named, grant)
for field, value in pairs(rotated) do grant[field] = value end
grant.generation = plusOne(guard.generation)
grant.intent = cjson.null
write(keys.grants, named, grant)
indexGrant(named, grant)
-- A provider that does not rotate leaves the same token in place: nothing was spent then.
if rotated.tokenHash ~= guard.tokenHash then
  write(keys.spentTokens, guard.tokenHash, {
    loginId = grant.loginId,
    provider = grant.provider,
    providerAccountId = grant.providerAccountId,
    generation = grant.generation,
    expiresAt = arg.spentUntil,
  })
  expireAt("spentToken", guard.tokenHash, arg.spentUntil)
end
storeUpdated(login)
return "stored"
`)

export function commitRefresh(view: RedisView): GrantStore["commitRefresh"] {
  return async (guard, rotated, spentUntil) =>
    toOutcome(await view.run(script, { guard: guardOf(guard), rotated, spentUntil }))
}
