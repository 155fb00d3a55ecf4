import type { EpochSeconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { Change } from "../../store/records.ts"
import type { LoginRow, MemoryTables, MemoryView } from "./tables.ts"

type NewChange = Omit<Change, "cursor">

function latestCursor(tables: MemoryTables): number {
  return tables.changes.at(-1)?.cursor ?? 0
}

/** Appends changes to the feed and tells the listeners. The last step of a write: a listener may write again. */
export function publish(tables: MemoryTables, now: EpochSeconds, changes: readonly NewChange[]): void {
  const latest = latestCursor(tables)
  const published = changes.map((change, i) => ({ ...change, cursor: latest + i + 1 }))
  for (const change of published) tables.changes.push({ ...change, at: now })
  tables.listeners.tell(published)
}

/** Grows the version of a login and publishes that it changed. The last step of a write. */
export function publishLoginUpdate(tables: MemoryTables, now: EpochSeconds, row: LoginRow): void {
  row.version++
  const { loginId, user } = row.login
  publish(tables, now, [{ kind: "login.updated", loginId, user, reason: null }])
}

export function changeMethods(
  view: MemoryView,
): Pick<GrantStore, "latestChange" | "changesAfter" | "subscribe"> {
  return {
    async latestChange() {
      return latestCursor(view.tables())
    },

    async changesAfter(cursor, limit) {
      const { changes } = view.tables()
      const later = changes.filter((change) => change.cursor > cursor).slice(0, limit)
      return later.map(({ at: _, ...change }) => change)
    },

    subscribe(listener) {
      return view.tables().listeners.add(listener)
    },
  }
}
