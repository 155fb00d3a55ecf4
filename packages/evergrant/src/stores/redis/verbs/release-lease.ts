import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local held = read(keys.leases, arg.name)
if held and held.owner == arg.owner then
  redis.call("HDEL", keys.leases, arg.name)
  neverExpire("lease", arg.name)
end
return false
`)

export function releaseLease(view: RedisView): GrantStore["releaseLease"] {
  return async (name, owner) => {
    await view.run(script, { name, owner })
  }
}
