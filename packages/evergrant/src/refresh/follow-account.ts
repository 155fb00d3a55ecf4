/** Brings a login to the grant that its account shares, before anything is spent. */
import { type Seconds, sleep } from "../clock.ts"
import { sharedTokens } from "../linked/shared-tokens.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import { decide } from "./decide.ts"
import { endGrant } from "./end-grant.ts"
import { noteUnavailable } from "./note-unavailable.ts"
import type { Parts } from "./parts.ts"
import { persistRotation, sealRotation } from "./persist-rotation.ts"
import { readGrant, readOutcome } from "./read-grant.ts"
import { type RefreshOutcome, type RefreshTarget, timesOf } from "./refresh-target.ts"
import { settleClaims } from "./settle-claims.ts"

/** The grant to refresh, or what makes a refresh unnecessary. */
export type Followed = { grant: StoredGrant; tokens: TokenSet } | { outcome: RefreshOutcome }

/**
 * Takes over what another login or another service has made of the account's grant.
 *
 * @param own The tokens of the grant.
 * @throws {StoreError}
 */
export async function followAccount(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { grant, provider }: { grant: StoredGrant; provider: OidcProvider },
  own: TokenSet,
): Promise<Followed> {
  if (parts.accounts?.source !== "row") return { grant, tokens: own }
  let tokens: TokenSet | undefined
  try {
    tokens = await sharedTokens(parts, store, grant, own)
  } catch {
    // Somebody else may have spent what this login holds; only the row tells.
    const failure = { kind: "transient" as const, code: "account_table_unavailable", ambiguous: false }
    return { outcome: noteUnavailable(parts, grant, failure) }
  }
  if (tokens === own) return { grant, tokens: own }
  if (!tokens) {
    await endGrant(parts, store, grant, "provider_session_ended")
    return { outcome: await readOutcome(store, target) }
  }
  const guard = { grant, generation: grant.generation, tokenHash: grant.tokenHash }
  // Should the store fail now, nothing is lost: the row has them.
  const persisted = await persistRotation(parts, store, await sealRotation(parts, guard, grant, tokens))
  if (persisted !== "stored") return { outcome: await readOutcome(store, target) }

  const { clock } = parts.surroundings
  const idToken = tokens.idToken === own.idToken ? null : tokens.idToken
  const about = { provider, grant, tokens, idToken, startedAt: clock.now(), adopted: true }
  const outcome = await settleClaims(parts, store, target, { ...about, recovering: false, follow: [] })
  const current = await readGrant(store, target)
  if (outcome.status !== "refreshed" || "reason" in current) return { outcome }
  const { do: plan } = decide(timesOf(parts, current), {
    now: clock.now(),
    ahead: 0,
    force: target.forced,
  })
  return plan === "refresh" ? { grant: current, tokens } : { outcome }
}

/** Seconds in which another service writes down what it has received. */
const writtenWithin: Seconds = 1

/**
 * The same after the provider has refused the token. If another service has refreshed since the row was read, the
 * refusal was about a token that is no longer ours: its successor is in the row, or will be in a moment.
 */
export async function followAfterRefusal(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  refused: { grant: StoredGrant; provider: OidcProvider },
  own: TokenSet,
): Promise<Followed> {
  const { clock, scheduler } = parts.surroundings
  const giveUpAt = clock.now() + writtenWithin
  for (;;) {
    const followed = await followAccount(parts, store, target, refused, own)
    if ("outcome" in followed || followed.tokens !== own) return followed
    if (parts.accounts?.source !== "row" || clock.now() >= giveUpAt) return followed
    await sleep(scheduler, 0.25)
  }
}
