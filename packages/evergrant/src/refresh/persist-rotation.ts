/** Seals what a rotation brought, and writes it once. What to do when the store fails is told in `unsaved.ts`. */
import type { GrantStore, RefreshGuard, RotatedGrant, WriteOutcome } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import type { Parts } from "./parts.ts"

/** Seconds for which a spent refresh token leads to its successor. */
const spentTokenLife = 600

/** The same where the row is the source: as long as a row that could not be written may be behind. */
const sharedSpentTokenLife = 7 * 24 * 3600

/** A rotation that is ready to be stored. */
export interface Rotated {
  /** What it may replace. */
  guard: RefreshGuard
  next: RotatedGrant
  /** The grant as it is from now on. */
  grant: StoredGrant
}

/** Makes generation + 1 of a grant. */
export async function sealRotation(
  { vault }: Parts,
  guard: RefreshGuard,
  grant: StoredGrant,
  tokens: TokenSet,
): Promise<Rotated> {
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
  return { guard, next, grant: { ...grant, ...next, generation, intent: null } }
}

/** Stores a rotation, if what it replaces is still there. @throws {StoreError} */
export function persistRotation(
  parts: Parts,
  store: GrantStore,
  { guard, next }: Rotated,
): Promise<WriteOutcome> {
  const spentLife = parts.accounts?.source === "row" ? sharedSpentTokenLife : spentTokenLife
  return store.commitRefresh(guard, next, parts.surroundings.clock.now() + spentLife)
}
