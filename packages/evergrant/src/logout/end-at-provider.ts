/** Ends the provider's session of one grant, and says honestly what became of it. */
import { type Seconds, timedOut, withDeadline } from "../clock.ts"
import type { ProviderSignOut } from "../events.ts"
import { endProviderSession } from "../provider/end-session.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import type { TokenSet } from "../tokens/token-set.ts"

/** Seconds that the provider may take in all. */
const providerLimit: Seconds = 5

type Verdict = Omit<ProviderSignOut, "provider">

/**
 * Asks the provider. Never throws.
 *
 * @param landing Where a browser would come back to.
 * @param shared What the account holds, where that is another session than the one that this login began with.
 */
export async function endAtProvider(
  parts: Parts,
  grant: StoredGrant,
  landing: string,
  shared: TokenSet | undefined,
): Promise<ProviderSignOut> {
  const about = { provider: grant.provider }
  const provider = parts.provider(grant.provider)
  if (!provider) return { ...about, status: "failed", reason: "the provider is not configured any more" }
  let own: TokenSet
  try {
    own = await parts.vault.openTokens(grant)
  } catch {
    return { ...about, status: "failed", reason: "the stored tokens cannot be opened" }
  }
  const sessions = shared && shared.idToken !== own.idToken ? [own, shared] : [own]
  const verdicts = await Promise.all(sessions.map((tokens) => end(parts, provider, tokens, landing)))
  return { ...about, ...worstOf(verdicts) }
}

async function end(
  parts: Parts,
  provider: OidcProvider,
  tokens: TokenSet,
  landing: string,
): Promise<Verdict> {
  const hint = { idToken: tokens.idToken, refreshToken: tokens.refreshToken, landing }
  const work = endProviderSession(provider, hint)
  const verdict = await withDeadline(parts.surroundings.scheduler, providerLimit, work)
  return verdict === timedOut ? { status: "unknown", reason: "the provider did not answer in time" } : verdict
}

function worstOf(verdicts: readonly Verdict[]): Verdict {
  const order = ["failed", "unknown", "unsupported", "ended"] as const
  const status = order.find((one) => verdicts.some((verdict) => verdict.status === one))
  return verdicts.find((verdict) => verdict.status === status) ?? { status: "unknown" }
}
