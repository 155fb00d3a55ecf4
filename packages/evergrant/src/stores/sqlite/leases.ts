import type { GrantStore } from "../../store/grant-store.ts"
import type { SqliteView } from "./view.ts"

export function leaseMethods(
  view: SqliteView,
): Pick<GrantStore, "acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(name, owner, duration) {
      return view.write((tx) => {
        const { changes } = tx
          .prepare(
            `INSERT INTO leases (namespace, name, owner, until) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET owner = excluded.owner, until = excluded.until
             WHERE leases.owner = excluded.owner OR leases.until <= ?`,
          )
          .run(tx.namespace, name, owner, tx.now + duration, tx.now)
        return Number(changes) === 1
      })
    },

    async renewLease(name, owner, duration) {
      return view.write((tx) => {
        const { changes } = tx
          .prepare("UPDATE leases SET until = ? WHERE namespace = ? AND name = ? AND owner = ? AND until > ?")
          .run(tx.now + duration, tx.namespace, name, owner, tx.now)
        return Number(changes) === 1
      })
    },

    async releaseLease(name, owner) {
      view.write((tx) => {
        tx.prepare("DELETE FROM leases WHERE namespace = ? AND name = ? AND owner = ?").run(
          tx.namespace,
          name,
          owner,
        )
      })
    },
  }
}
