/** The variants that a token set holds beside its main access token. Pure. */
import type { EpochSeconds } from "../clock.ts"
import { accessTokenLife } from "./lifetime.ts"
import { type TokenResponse, type TokenSet, toTokenSet } from "./token-set.ts"
import type { TokenVariant, VariantToken } from "./variant.ts"

/** The record of a grant must not grow with every scope that anybody thinks of. */
const mostVariants = 8

/** The variant of this name, good or expired. */
export function findVariant(tokens: TokenSet, { name }: TokenVariant): VariantToken | undefined {
  return tokens.variants?.find((variant) => variant.name === name)
}

/**
 * What is held after a refresh for a variant: the answer's access token beside the main one, which stays as it is
 * with its ID token, and the answer's refresh token in place of the spent one.
 *
 * @param rotation.generation The one that the refresh makes.
 * @param rotation.receivedAt When the request was sent.
 */
export function withVariant(
  tokens: TokenSet,
  variant: TokenVariant,
  response: TokenResponse,
  { generation, receivedAt }: { generation: number; receivedAt: EpochSeconds },
): TokenSet {
  const { refreshToken, sessionExpiresAt } = toTokenSet(response, receivedAt, tokens)
  const { name, parameters } = variant
  const received: VariantToken = {
    name,
    accessToken: response.access_token,
    // Left out where it is what was asked for (RFC 6749 §5.1).
    scope: typeof response.scope === "string" ? response.scope : (parameters.scope ?? tokens.scope),
    generation,
    receivedAt,
    expiresAt: receivedAt + accessTokenLife(response.expires_in),
  }
  const others = liveVariants(tokens, receivedAt).filter((held) => held.name !== name)
  return { ...tokens, refreshToken, sessionExpiresAt, variants: [received, ...others].slice(0, mostVariants) }
}

/** `next` with the variants of `tokens`, which it replaces, as far as they are still good. */
export function keepVariants(next: TokenSet, tokens: TokenSet, now: EpochSeconds): TokenSet {
  const { variants: _, ...others } = next
  const variants = liveVariants(tokens, now)
  return variants.length === 0 ? others : { ...others, variants }
}

function liveVariants({ variants = [] }: TokenSet, now: EpochSeconds): VariantToken[] {
  return variants.filter(({ expiresAt }) => expiresAt > now)
}
