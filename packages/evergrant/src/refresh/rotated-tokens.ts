/** What a grant holds after a refresh, by what was asked for. */
import type { EpochSeconds } from "../clock.ts"
import type { StoredGrant } from "../store/records.ts"
import { keepVariants, withVariant } from "../tokens/held-variants.ts"
import { type TokenResponse, type TokenSet, toTokenSet } from "../tokens/token-set.ts"
import type { RefreshTarget } from "./refresh-target.ts"

/**
 * Turns the answer of a refresh into the next token set. A forced refresh of the main token drops the variants: it is
 * asked for because something changed at the provider, and they would still tell the old.
 *
 * @param held The grant as it was when its refresh token was presented, and what it held.
 * @param startedAt When the request was sent.
 */
export function rotatedTokens(
  { variant, forced }: RefreshTarget,
  { grant, tokens }: { grant: StoredGrant; tokens: TokenSet },
  response: TokenResponse,
  startedAt: EpochSeconds,
): TokenSet {
  if (variant) {
    return withVariant(tokens, variant, response, { generation: grant.generation + 1, receivedAt: startedAt })
  }
  const next = toTokenSet(response, startedAt, tokens)
  return forced ? next : keepVariants(next, tokens, startedAt)
}
