import type { GrantStore } from "../../store/grant-store.ts"
import type { MemoryView } from "./tables.ts"

export function leaseMethods(
  view: MemoryView,
): Pick<GrantStore, "acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(name, owner, duration) {
      const { leases } = view.tables()
      const now = view.clock.now()
      const held = leases.get(name)
      if (held && held.owner !== owner && held.until > now) return false
      leases.set(name, { owner, until: now + duration })
      return true
    },

    async renewLease(name, owner, duration) {
      const { leases } = view.tables()
      const now = view.clock.now()
      const held = leases.get(name)
      if (held?.owner !== owner || held.until <= now) return false
      held.until = now + duration
      return true
    },

    async releaseLease(name, owner) {
      const { leases } = view.tables()
      if (leases.get(name)?.owner === owner) leases.delete(name)
    },
  }
}
