/** The oidc-provider adapter of the model `Session`: what a browser's cookie leads to. */
import type { Adapter } from "oidc-provider"
import { createMemoryModel } from "./memory-model.ts"
import type { SsoSessions } from "./sso-sessions.ts"

/** Creates the model. A cookie of an ended or expired SSO session leads nowhere. */
export function createSessionModel(sessions: SsoSessions): Adapter {
  const { adapter } = createMemoryModel()
  const living = <T extends { uid?: string | undefined; accountId?: string | undefined }>(
    payload: T | undefined,
  ): T | undefined => {
    if (!payload) return undefined
    const signedIn = payload.accountId !== undefined && payload.uid !== undefined
    return signedIn && !sessions.isAlive(payload.uid ?? "") ? undefined : payload
  }
  return {
    ...adapter,
    async upsert(id, payload, expiresIn) {
      if (payload.uid !== undefined && payload.accountId !== undefined) {
        const clientIds = Object.keys(payload.authorizations ?? {})
        sessions.observe({ sid: payload.uid, sub: payload.accountId, clientIds })
      }
      await adapter.upsert(id, payload, expiresIn)
    },
    find: async (id) => living((await adapter.find(id)) ?? undefined),
    findByUid: async (uid) => living((await adapter.findByUid(uid)) ?? undefined),
  }
}
