import type { GrantStore } from "../../../store/grant-store.ts"
import { toOutcome } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local login, why = liveLogin(arg.loginId)
if not login then return why end
login.expiresAt = later(login.expiresAt, arg.expiresAt)
write(keys.logins, login.loginId, login)
expireAt("login", login.loginId, login.expiresAt)
return "stored"
`)

export function extendLogin(view: RedisView): GrantStore["extendLogin"] {
  return async (loginId, expiresAt) => toOutcome(await view.run(script, { loginId, expiresAt }))
}
