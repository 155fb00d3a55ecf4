import type { GrantStore } from "../../store/grant-store.ts"
import type { OutboxEntry } from "../../store/records.ts"
import { toOutboxEntry } from "./rows.ts"
import type { SqliteView, Transaction } from "./view.ts"

/** Keeps an entry, unless one of the same id is kept already. */
export function remember(tx: Transaction, entry: OutboxEntry): void {
  tx.prepare(
    `INSERT INTO outbox (namespace, id, kind, sealed_payload, due_at, expires_at, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  ).run(tx.namespace, entry.id, entry.kind, entry.sealedPayload, entry.dueAt, entry.expiresAt, entry.attempts)
}

export function outboxMethods(
  view: SqliteView,
): Pick<GrantStore, "enqueue" | "claimOutbox" | "completeOutbox" | "postponeOutbox"> {
  return {
    async enqueue(entry) {
      view.write((tx) => remember(tx, entry))
    },

    async claimOutbox(limit, holdFor) {
      return view.write((tx) => {
        const due = tx
          .prepare(
            `SELECT * FROM outbox WHERE namespace = ? AND due_at <= ? AND expires_at > ?
             ORDER BY due_at, id LIMIT ?`,
          )
          .all(tx.namespace, tx.now, tx.now, limit)
          .map(toOutboxEntry)
        // A claim moves the time at which the entry is due, which hides it from others until then.
        const hold = tx.prepare(
          "UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE namespace = ? AND id = ?",
        )
        for (const { id } of due) hold.run(tx.now + holdFor, tx.namespace, id)
        return due.map((entry) => ({ ...entry, attempts: entry.attempts + 1 }))
      })
    },

    async completeOutbox(id) {
      view.write((tx) => {
        tx.prepare("DELETE FROM outbox WHERE namespace = ? AND id = ?").run(tx.namespace, id)
      })
    },

    async postponeOutbox(id, dueAt) {
      view.write((tx) => {
        tx.prepare("UPDATE outbox SET due_at = ? WHERE namespace = ? AND id = ?").run(dueAt, tx.namespace, id)
      })
    },
  }
}
