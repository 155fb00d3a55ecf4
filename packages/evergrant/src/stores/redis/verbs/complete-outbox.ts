import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
forget(arg.id)
return false
`)

export function completeOutbox(view: RedisView): GrantStore["completeOutbox"] {
  return async (id) => {
    await view.run(script, { id })
  }
}
