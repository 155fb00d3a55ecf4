import type { GrantStore } from "../../store/grant-store.ts"
import type { OutboxEntry } from "../../store/records.ts"
import type { MemoryTables, MemoryView } from "./tables.ts"

/** Keeps an entry, unless one of the same id is kept already. */
export function remember(tables: MemoryTables, entry: OutboxEntry): void {
  if (!tables.outbox.has(entry.id)) tables.outbox.set(entry.id, { ...entry })
}

function byDue(a: OutboxEntry, b: OutboxEntry): number {
  return a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1)
}

export function outboxMethods(
  view: MemoryView,
): Pick<GrantStore, "enqueue" | "claimOutbox" | "completeOutbox" | "postponeOutbox"> {
  return {
    async enqueue(entry) {
      remember(view.tables(), entry)
    },

    async claimOutbox(limit, holdFor) {
      const now = view.clock.now()
      const due = [...view.tables().outbox.values()]
        .filter((entry) => entry.dueAt <= now && entry.expiresAt > now)
        .sort(byDue)
        .slice(0, limit)
      return due.map((entry) => {
        entry.attempts++
        const claimed = { ...entry }
        entry.dueAt = now + holdFor
        return claimed
      })
    },

    async completeOutbox(id) {
      view.tables().outbox.delete(id)
    },

    async postponeOutbox(id, dueAt) {
      const entry = view.tables().outbox.get(id)
      if (entry) entry.dueAt = dueAt
    },
  }
}
