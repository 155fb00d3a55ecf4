import type { GrantStore } from "../../../store/grant-store.ts"
import { toData } from "../records.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`return redis.call("HGET", keys.data, arg.user)`)

export function readData(view: RedisView): GrantStore["readData"] {
  return async (user) => {
    const reply = (await view.run(script, { user })) as string | null
    return reply === null ? undefined : toData(user, reply)
  }
}
