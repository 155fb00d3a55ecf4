import type { GrantStore } from "../../../store/grant-store.ts"
import { toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login, why = liveLogin(arg.loginId)
if not login then return why end
if tonumber(login.revision) ~= tonumber(arg.revision) then return "conflict" end
login.revision = plusOne(login.revision)
login.sealedLogin = arg.sealedLogin
storeUpdated(login)
return "stored"
`)

export function updateLogin(view: RedisView): GrantStore["updateLogin"] {
  return async (update) => toOutcome(await view.run(script, update))
}
