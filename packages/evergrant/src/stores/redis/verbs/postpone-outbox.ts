import type { GrantStore } from "../../../store/grant-store.ts"
import { defineScript } from "../script.ts"
import type { RedisView } from "../view.ts"

const script = defineScript(`
local entry = read(keys.outbox, arg.id)
if entry then
  entry.dueAt = arg.dueAt
  write(keys.outbox, arg.id, entry)
  redis.call("ZADD", keys.outboxByDue, arg.dueAt, arg.id)
end
return false
`)

export function postponeOutbox(view: RedisView): GrantStore["postponeOutbox"] {
  return async (id, dueAt) => {
    await view.run(script, { id, dueAt })
  }
}
