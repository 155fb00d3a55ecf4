/** What a store needs that makes the mistake of writing to a login whose records are gone: the records. */
import type { GrantStore } from "../../../src/store/grant-store.ts"
import type { MemoryTables } from "../../../src/stores/memory/tables.ts"

export interface Buried {
  store: GrantStore
  /** Puts the records of an ended login back, and takes its tombstones away. */
  bringBack(loginId: string): void
}

/** Wraps a store so that it keeps what it removes. */
export function rememberBuried(store: GrantStore, tables: MemoryTables): Buried {
  const rows: MemoryTables["logins"] = new Map()
  const keep = () => {
    for (const [loginId, row] of tables.logins) rows.set(loginId, { ...row, grants: new Map(row.grants) })
  }
  return {
    store: {
      ...store,
      endLogins(end) {
        keep()
        return store.endLogins(end)
      },
      endGrant(end) {
        keep()
        return store.endGrant(end)
      },
    },
    bringBack(loginId) {
      const row = rows.get(loginId)
      if (!row || tables.logins.has(loginId)) return
      tables.logins.set(loginId, row)
      tables.tombstones.clear()
    },
  }
}
