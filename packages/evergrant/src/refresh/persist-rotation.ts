/** Stores what a rotation brought, and does not give up at a store that stumbles: the old token is spent. */

import { sleep } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import type { GrantStore, RefreshGuard, WriteOutcome } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import type { Parts } from "./parts.ts"

/** Seconds for which an unreachable store is asked again. */
const persistFor = 60

/** Seconds for which a spent refresh token leads to its successor. */
const spentTokenLife = 600

/** The same where the row is the source: as long as a row that could not be written may be behind. */
const sharedSpentTokenLife = 7 * 24 * 3600

/**
 * Writes generation + 1.
 *
 * @throws {StoreError} The store stayed unreachable for a minute.
 */
export async function persistRotation(
  parts: Parts,
  store: GrantStore,
  guard: RefreshGuard,
  grant: StoredGrant,
  tokens: TokenSet,
): Promise<WriteOutcome> {
  const { vault, surroundings } = parts
  const generation = guard.generation + 1
  // Claims move along under the new generation at once; fresh ones replace them when they are verified.
  const claims = await vault
    .openClaims(grant)
    .catch(() => ({ declared: {}, profile: {}, idTokenIssuedAt: null }))
  const next = {
    tokenHash: await hashSecret(tokens.refreshToken),
    receivedAt: tokens.receivedAt,
    expiresAt: tokens.expiresAt,
    sessionExpiresAt: tokens.sessionExpiresAt,
    sealedTokens: await vault.sealTokens(grant, generation, tokens),
    sealedClaims: await vault.sealClaims(grant, generation, claims),
  }
  const spentLife = parts.accounts?.source === "row" ? sharedSpentTokenLife : spentTokenLife
  const giveUpAt = surroundings.clock.now() + persistFor
  for (let pause = 0.05; ; pause = Math.min(pause * 2, 2)) {
    try {
      return await store.commitRefresh(guard, next, surroundings.clock.now() + spentLife)
    } catch (error) {
      const passing = isEvergrantError(error) && error.code === "store_unavailable"
      if (!passing || surroundings.clock.now() >= giveUpAt) throw error
      parts.emit({ type: "store.unavailable", operation: "commitRefresh" })
      await sleep(surroundings.scheduler, pause)
    }
  }
}
