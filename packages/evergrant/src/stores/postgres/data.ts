import type { GrantStore } from "../../store/grant-store.ts"
import { toData } from "./rows.ts"
import type { PostgresView } from "./view.ts"

export function dataMethods(view: PostgresView): Pick<GrantStore, "readData" | "writeData"> {
  return {
    async readData(user) {
      const [row] = await view.query(
        `SELECT user_id, version, sealed_data FROM ${view.schema}.data WHERE namespace = $1 AND user_id = $2`,
        [view.namespace, user],
      )
      return row && toData(row)
    },

    writeData: (user, version, sealedData) => view.answer("write_data", [user, version, sealedData]),
  }
}
