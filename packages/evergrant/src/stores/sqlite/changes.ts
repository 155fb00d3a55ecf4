import type { GrantStore } from "../../store/grant-store.ts"
import type { Change, LoginRecord } from "../../store/records.ts"
import { toChange } from "./rows.ts"
import type { SqliteView, Transaction } from "./view.ts"

/** Appends to the feed. The lock of the writer makes the order of the feed the order of the writes. */
export function publish(tx: Transaction, { kind, loginId, user, reason }: Omit<Change, "cursor">): void {
  tx.prepare(
    "INSERT INTO changes (namespace, kind, login_id, user, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
  ).run(tx.namespace, kind, loginId, user, reason, tx.now)
}

/** Grows the version of a login and publishes that it changed. */
export function publishLoginUpdate(tx: Transaction, { loginId, user }: LoginRecord): void {
  tx.prepare("UPDATE logins SET version = version + 1 WHERE namespace = ? AND login_id = ?").run(
    tx.namespace,
    loginId,
  )
  publish(tx, { kind: "login.updated", loginId, user, reason: null })
}

export function changeMethods(view: SqliteView): Pick<GrantStore, "latestChange" | "changesAfter"> {
  return {
    async latestChange() {
      return view.read(readLatestChange)
    },

    async changesAfter(cursor, limit) {
      return view.read((tx) => readChanges(tx, cursor, limit))
    },
  }
}

/** The position of the newest change; `0` when there was none. */
export function readLatestChange(tx: Transaction): number {
  const row = tx.prepare("SELECT max(cursor) AS latest FROM changes WHERE namespace = ?").get(tx.namespace)
  return Number(row?.latest ?? 0)
}

/** Changes after a position, oldest first. */
export function readChanges(tx: Transaction, cursor: number, limit: number): Change[] {
  return tx
    .prepare("SELECT * FROM changes WHERE namespace = ? AND cursor > ? ORDER BY cursor LIMIT ?")
    .all(tx.namespace, cursor, limit)
    .map(toChange)
}
