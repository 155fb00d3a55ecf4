/** A plain in-memory oidc-provider adapter for one model. Belongs to one provider, unlike the built-in one. */
import { type Adapter, type AdapterPayload, errors } from "oidc-provider"

/** The adapter, and what the rest of the provider asks of the model. */
export interface MemoryModel {
  readonly adapter: Adapter
  peek(id: string): AdapterPayload | undefined
  forget(id: string): void
}

/** Creates an empty model. */
export function createMemoryModel(): MemoryModel {
  const rows = new Map<string, { payload: AdapterPayload; expiresAtMs: number }>()

  const peek = (id: string): AdapterPayload | undefined => {
    const row = rows.get(id)
    return row && row.expiresAtMs > Date.now() ? row.payload : undefined
  }
  const adapter: Adapter = {
    async upsert(id, payload, expiresIn) {
      for (const [key, { expiresAtMs }] of rows) if (expiresAtMs <= Date.now()) rows.delete(key)
      rows.set(id, { payload, expiresAtMs: expiresIn ? Date.now() + expiresIn * 1000 : Infinity })
    },
    find: async (id) => peek(id),
    findByUid: async (uid) =>
      [...rows.keys()].map(peek).find((payload) => payload !== undefined && payload.uid === uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      const row = rows.get(id)
      // Two requests may both have read the code as unspent: only one of them gets past here.
      if (!row || row.payload.consumed) throw new errors.InvalidGrant("already consumed")
      row.payload = { ...row.payload, consumed: true }
    },
    async destroy(id) {
      rows.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const [id, { payload }] of rows) if (payload.grantId === grantId) rows.delete(id)
    },
  }
  return Object.freeze({
    adapter,
    peek,
    forget: (id: string) => {
      rows.delete(id)
    },
  })
}
