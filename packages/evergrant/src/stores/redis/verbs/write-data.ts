import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local known = read(keys.data, arg.user)
if tonumber(known and known.version or "0") ~= tonumber(arg.version) then return "conflict" end
write(keys.data, arg.user, { version = plusOne(arg.version), sealedData = arg.sealedData })
publish("data.updated", nil, arg.user)
return "stored"
`)

export function writeData(view: RedisView): GrantStore["writeData"] {
  return async (user, version, sealedData) =>
    (await view.run(script, { user, version, sealedData })) as "stored" | "conflict"
}
