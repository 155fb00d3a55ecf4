import type { GrantStore } from "../../store/grant-store.ts"
import type { PostgresView } from "./view.ts"

export function leaseMethods(
  view: PostgresView,
): Pick<GrantStore, "acquireLease" | "renewLease" | "releaseLease"> {
  const { schema, namespace } = view
  return {
    async acquireLease(name, owner, duration) {
      const now = view.now()
      const taken = await view.query(
        `INSERT INTO ${schema}.leases AS held (namespace, name, owner, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (namespace, name) DO UPDATE SET owner = excluded.owner, until = excluded.until
         WHERE held.owner = excluded.owner OR held.until <= $5 RETURNING name`,
        [namespace, name, owner, now + duration, now],
      )
      return taken.length === 1
    },

    async renewLease(name, owner, duration) {
      const now = view.now()
      const renewed = await view.query(
        `UPDATE ${schema}.leases SET until = $4
         WHERE namespace = $1 AND name = $2 AND owner = $3 AND until > $5 RETURNING name`,
        [namespace, name, owner, now + duration, now],
      )
      return renewed.length === 1
    },

    async releaseLease(name, owner) {
      await view.query(`DELETE FROM ${schema}.leases WHERE namespace = $1 AND name = $2 AND owner = $3`, [
        namespace,
        name,
        owner,
      ])
    },
  }
}
