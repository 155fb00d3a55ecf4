import type { GrantStore } from "../../store/grant-store.ts"
import type { DataRecord } from "../../store/records.ts"
import { publish } from "./changes.ts"
import { toData } from "./rows.ts"
import type { SqliteView, Transaction } from "./view.ts"

/** The data of a user. */
export function findData(tx: Transaction, user: string): DataRecord | undefined {
  const row = tx.prepare("SELECT * FROM data WHERE namespace = ? AND user = ?").get(tx.namespace, user)
  return row && toData(row)
}

export function dataMethods(view: SqliteView): Pick<GrantStore, "readData" | "writeData"> {
  return {
    async readData(user) {
      return view.read((tx) => findData(tx, user))
    },

    async writeData(user, version, sealedData) {
      return view.write((tx) => {
        if ((findData(tx, user)?.version ?? 0) !== version) return "conflict"
        tx.prepare(
          "INSERT OR REPLACE INTO data (namespace, user, version, sealed_data) VALUES (?, ?, ?, ?)",
        ).run(tx.namespace, user, version + 1, sealedData)
        publish(tx, { kind: "data.updated", loginId: null, user, reason: null })
        return "stored"
      })
    },
  }
}
