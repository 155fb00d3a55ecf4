import type { GrantStore } from "../../../store/grant-store.ts"
import { toSpentToken } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local spent, stored = read(keys.spentTokens, arg.tokenHash)
return spent and not isOver(spent.expiresAt) and stored
`)

export function findSpentToken(view: RedisView): GrantStore["findSpentToken"] {
  return async (tokenHash) => {
    const reply = (await view.run(script, { tokenHash })) as string | null
    return reply === null ? undefined : toSpentToken(reply)
  }
}
