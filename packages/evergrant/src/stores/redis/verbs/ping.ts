import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

/** Asks the node that holds this namespace, which an ordinary `PING` in a cluster may not. */
const script = defineScript(`return redis.call("EXISTS", keys.layout)`)

export function ping(view: RedisView): GrantStore["ping"] {
  return async () => {
    await view.run(script)
  }
}
