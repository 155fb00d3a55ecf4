import type { Seconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { MemoryView } from "./tables.ts"
import { tombstoneInForce, tombstoneName } from "./tombstones.ts"

/** How long a change stays in the feed for those who catch up. */
const changeRetention: Seconds = 600

function removeWhere<V>(map: Map<string, V>, isOver: (value: V) => boolean): void {
  for (const [key, value] of map) if (isOver(value)) map.delete(key)
}

export function sweepMethods(view: MemoryView): Pick<GrantStore, "sweep"> {
  return {
    async sweep() {
      const tables = view.tables()
      const now = view.clock.now()
      removeWhere(tables.logins, (row) => row.login.expiresAt <= now)
      removeWhere(tables.tombstones, (tombstone) => tombstone.until <= now)
      removeWhere(tables.spentTokens, (spent) => spent.until <= now)
      removeWhere(tables.leases, (lease) => lease.until <= now)
      removeWhere(tables.outbox, (entry) => entry.expiresAt <= now)
      // After logins and tombstones: a handle that leads to neither leads nowhere.
      removeWhere(tables.handles, ({ loginId, expiresAt }) => {
        if (expiresAt !== null && expiresAt <= now) return true
        return !tables.logins.has(loginId) && !tombstoneInForce(tables, tombstoneName({ loginId }), now)
      })
      // The newest change stays however old it is: positions in the feed never start again.
      tables.changes = tables.changes.filter(
        (change, i, { length }) => change.at > now - changeRetention || i === length - 1,
      )
    },
  }
}
