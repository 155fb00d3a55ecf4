/** The token that a refresh is asked for, as a grant holds it: the main one, or a variant. */
import type { StoredGrant } from "../store/records.ts"
import { findVariant } from "../tokens/held-variants.ts"
import type { GrantTimes } from "../tokens/lifetime.ts"
import { openRecord } from "./open-record.ts"
import type { Parts } from "./parts.ts"
import { type RefreshTarget, timesOf } from "./refresh-target.ts"

/**
 * The times by which it is decided about the wanted token. A variant that the grant does not hold has expired.
 *
 * @returns Nothing, when the tokens cannot be opened.
 */
export async function wantedTimes(
  parts: Parts,
  { variant }: Pick<RefreshTarget, "variant">,
  grant: StoredGrant,
): Promise<GrantTimes | undefined> {
  const times = timesOf(parts, grant)
  if (!variant) return times
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  if (!tokens) return undefined
  const { receivedAt, expiresAt } = findVariant(tokens, variant) ?? { receivedAt: 0, expiresAt: 0 }
  return { ...times, receivedAt, expiresAt }
}

/**
 * Whether the wanted token was replaced since the caller looked, be it by a token that has expired already. A newer
 * generation alone does not tell: it may have been made for another token.
 */
export async function wasRenewed(parts: Parts, target: RefreshTarget, grant: StoredGrant): Promise<boolean> {
  const { variant, grant: seen } = target
  if (grant.generation <= seen.generation) return false
  if (!variant) return grant.receivedAt !== seen.receivedAt || grant.expiresAt !== seen.expiresAt
  const tokens = await openRecord(parts, grant.loginId, "grant", () => parts.vault.openTokens(grant))
  // What cannot be opened is told by whoever serves it.
  return tokens === undefined || (findVariant(tokens, variant)?.generation ?? 0) > seen.generation
}
