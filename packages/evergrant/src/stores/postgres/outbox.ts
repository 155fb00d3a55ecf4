import type { GrantStore } from "../../store/grant-store.ts"
import { toOutboxEntry } from "./rows.ts"
import type { PostgresView } from "./view.ts"

export function outboxMethods(
  view: PostgresView,
): Pick<GrantStore, "enqueue" | "claimOutbox" | "completeOutbox" | "postponeOutbox"> {
  const { schema, namespace } = view
  return {
    async enqueue({ id, kind, sealedPayload, dueAt, expiresAt, attempts }) {
      await view.query(
        `INSERT INTO ${schema}.outbox (namespace, id, kind, sealed_payload, due_at, expires_at, attempts)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
        [namespace, id, kind, sealedPayload, dueAt, expiresAt, attempts],
      )
    },

    async claimOutbox(limit, holdFor) {
      const now = view.now()
      // A claim moves the time at which the entry is due, which hides it from others until then.
      const rows = await view.query(
        `WITH due AS (
           SELECT * FROM ${schema}.outbox WHERE namespace = $1 AND due_at <= $2 AND expires_at > $2
           ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
         ), held AS (
           UPDATE ${schema}.outbox SET attempts = outbox.attempts + 1, due_at = $4
           FROM due WHERE outbox.namespace = due.namespace AND outbox.id = due.id
           RETURNING outbox.id, outbox.attempts
         )
         SELECT due.id, due.kind, due.sealed_payload, due.due_at, due.expires_at, held.attempts
         FROM due JOIN held ON held.id = due.id ORDER BY due.due_at, due.id`,
        [namespace, now, limit, now + holdFor],
      )
      return rows.map(toOutboxEntry)
    },

    async completeOutbox(id) {
      await view.query(`DELETE FROM ${schema}.outbox WHERE namespace = $1 AND id = $2`, [namespace, id])
    },

    async postponeOutbox(id, dueAt) {
      await view.query(`UPDATE ${schema}.outbox SET due_at = $3 WHERE namespace = $1 AND id = $2`, [
        namespace,
        id,
        dueAt,
      ])
    },
  }
}
