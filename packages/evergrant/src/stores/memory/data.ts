import type { GrantStore } from "../../store/grant-store.ts"
import { publish } from "./changes.ts"
import type { MemoryView } from "./tables.ts"

export function dataMethods(view: MemoryView): Pick<GrantStore, "readData" | "writeData"> {
  return {
    async readData(user) {
      const data = view.tables().data.get(user)
      return data && { ...data }
    },

    async writeData(user, version, sealedData) {
      const tables = view.tables()
      if ((tables.data.get(user)?.version ?? 0) !== version) return "conflict"
      tables.data.set(user, { user, version: version + 1, sealedData })
      publish(tables, view.clock.now(), [{ kind: "data.updated", loginId: null, user, reason: null }])
      return "stored"
    },
  }
}
