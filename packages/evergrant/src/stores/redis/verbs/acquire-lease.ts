import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local held = read(keys.leases, arg.name)
if held and held.owner ~= arg.owner and not isOver(held.expiresAt) then return "held" end
write(keys.leases, arg.name, { owner = arg.owner, expiresAt = arg.expiresAt })
expireAt("lease", arg.name, arg.expiresAt)
return "taken"
`)

export function acquireLease(view: RedisView): GrantStore["acquireLease"] {
  return async (name, owner, duration) =>
    (await view.run(script, { name, owner, expiresAt: view.now() + duration })) === "taken"
}
