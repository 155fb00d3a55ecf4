import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
remember(arg.entry)
return false
`)

export function enqueue(view: RedisView): GrantStore["enqueue"] {
  return async (entry) => {
    await view.run(script, { entry })
  }
}
