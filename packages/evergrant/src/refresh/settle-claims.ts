/** After the tokens are stored: the claims that came with them, what follows in the account table, and the events. */
import { perform } from "../outbox/perform.ts"
import type { Task } from "../outbox/work.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { revokeRefreshToken } from "../provider/revocation.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { GrantClaims } from "../store/vault.ts"
import { gainsNothing, usableUntil } from "../tokens/lifetime.ts"
import type { TokenSet } from "../tokens/token-set.ts"
import { noteFutility, noteSuccess } from "./backoff.ts"
import { collectClaims } from "./collect-claims.ts"
import { endGrant } from "./end-grant.ts"
import type { Parts } from "./parts.ts"
import { readGrant, readOutcome } from "./read-grant.ts"
import { grantName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"

/** A rotation that is stored. */
export interface Rotation {
  provider: OidcProvider
  /** As it was before the rotation. */
  grant: StoredGrant
  tokens: TokenSet
  idToken: string | null
  startedAt: number
  recovering: boolean
  /** Not refreshed by us: taken over from the account that shares the grant. */
  adopted: boolean
  /** What follows the rotation in the account table. */
  follow: Task[]
}

/** Settles what the tokens brought along. @throws {StoreError} */
export async function settleClaims(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { provider, grant, tokens, idToken, startedAt, recovering, adopted, follow }: Rotation,
): Promise<RefreshOutcome> {
  const generation = grant.generation + 1
  const about = { loginId: grant.loginId, provider: grant.provider }
  const held = await parts.vault.openClaims(grant).catch(() => undefined)
  const previous = held && adopted ? ofAnotherSignIn(held) : held
  const fresh = { accessToken: tokens.accessToken, idToken, sub: grant.sub }
  const collected = await collectClaims(provider, parts.claims, fresh, previous, (problem) =>
    parts.emit({ ...problem, ...about }),
  )
  if (collected.status === "subject_changed") {
    const current = await readGrant(store, target)
    if (!("reason" in current)) await endGrant(parts, store, current, "subject_changed")
    await revokeRefreshToken(provider, tokens.refreshToken)
    return { status: "ended", reason: "subject_changed" }
  }
  await perform(parts, store, follow)
  await store.writeClaims(
    grant,
    generation,
    await parts.vault.sealClaims(grant, generation, collected.claims),
  )

  noteSuccess(grantName(parts, grant))
  if (!adopted && gainsNothing(grant, tokens)) {
    noteFutility(grantName(parts, grant), usableUntil(tokens), parts.surroundings)
  }
  const took = parts.surroundings.clock.now() - startedAt
  if (adopted) parts.emit({ type: "tokens.adopted", ...about, generation })
  else parts.emit({ type: "tokens.refreshed", ...about, generation, took, forced: target.forced })
  if (recovering) parts.emit({ type: "tokens.recovered", ...about, generation })
  return readOutcome(store, target)
}

/** What was taken over goes back to another sign-in, with a nonce and a time of its own. */
function ofAnotherSignIn({ declared, profile, idTokenIssuedAt }: GrantClaims): GrantClaims {
  return { declared, profile, idTokenIssuedAt }
}
