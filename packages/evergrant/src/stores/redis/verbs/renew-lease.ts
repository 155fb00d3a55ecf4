import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local held = read(keys.leases, arg.name)
if not held or held.owner ~= arg.owner or isOver(held.expiresAt) then return "lost" end
write(keys.leases, arg.name, { owner = arg.owner, expiresAt = arg.expiresAt })
expireAt("lease", arg.name, arg.expiresAt)
return "renewed"
`)

export function renewLease(view: RedisView): GrantStore["renewLease"] {
  return async (name, owner, duration) =>
    (await view.run(script, { name, owner, expiresAt: view.now() + duration })) === "renewed"
}
