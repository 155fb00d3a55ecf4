/**
 * Refresh tokens and the rule of rotation. This is the oidc-provider adapter of the model `RefreshToken`; the rule
 * sits here because `consume` is the one step that two parallel requests cannot take at the same time.
 */
import { type Adapter, type AdapterPayload, errors } from "oidc-provider"
import type { Seconds } from "../../clock.ts"
import type { SettingsControl } from "./settings.ts"

/** What is remembered of one refresh token, spent ones included. */
export interface RefreshTokenRecord {
  readonly payload: AdapterPayload
  /** Milliseconds since the epoch at which it was first spent. */
  readonly spentAtMs?: number
  /** Its grant died, or it was revoked. */
  readonly revoked: boolean
}

/** The refresh tokens of one provider. */
export interface RefreshTokens {
  readonly adapter: Adapter
  /** What is known of this token, whether it is still good or not. */
  peek(token: string): RefreshTokenRecord | undefined
  /** Gives a token that is not rotated a new life. */
  prolong(token: string, life: Seconds): void
}

const keptAfterExpirySeconds = 3600

/** Creates the ledger. `killGrant` is told when a spent token is presented again. */
export function createRefreshTokens(
  settings: SettingsControl,
  killGrant: (grantId: string) => void,
): RefreshTokens {
  const records = new Map<string, RefreshTokenRecord>()

  const isSpent = ({ spentAtMs }: RefreshTokenRecord): boolean => {
    const { rotation } = settings.get()
    if (spentAtMs === undefined || rotation === "off") return false
    return rotation === "strict" || Date.now() - spentAtMs > rotation.seconds * 1000
  }
  const change = (token: string, fields: Partial<RefreshTokenRecord>): void => {
    const record = records.get(token)
    if (record) records.set(token, { ...record, ...fields })
  }
  const revokeByGrantId = (grantId: string): void => {
    for (const [token, { payload }] of records) {
      if (payload.grantId === grantId) change(token, { revoked: true })
    }
  }

  const adapter: Adapter = {
    async upsert(token, { nonce: _nonce, ...payload }) {
      // The nonce belongs to the sign-in: a refreshed ID token has none.
      prune(records)
      records.set(token, { payload, revoked: false })
    },
    async find(token) {
      const record = records.get(token)
      if (!record || record.revoked) return undefined
      return isSpent(record) ? { ...record.payload, consumed: true } : record.payload
    },
    async consume(token) {
      const record = records.get(token)
      if (!record || record.revoked) throw new errors.InvalidGrant("grant not found")
      if (isSpent(record)) {
        const { grantId } = record.payload
        if (grantId) {
          revokeByGrantId(grantId)
          killGrant(grantId)
        }
        throw new errors.InvalidGrant("refresh token already used")
      }
      change(token, { spentAtMs: record.spentAtMs ?? Date.now() })
    },
    async destroy(token) {
      change(token, { revoked: true })
    },
    async revokeByGrantId(grantId) {
      revokeByGrantId(grantId)
    },
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }

  return Object.freeze({
    adapter,
    peek: (token: string) => records.get(token),
    prolong(token: string, life: Seconds) {
      const record = records.get(token)
      if (record) change(token, { payload: { ...record.payload, exp: Math.floor(Date.now() / 1000) + life } })
    },
  })
}

/** Forgets what expired long ago; until then a refusal can still say why. */
function prune(records: Map<string, RefreshTokenRecord>): void {
  const limit = Date.now() / 1000 - keptAfterExpirySeconds
  for (const [token, { payload }] of records) {
    if (payload.exp === undefined || payload.exp > limit) return
    records.delete(token)
  }
}
