/** Tokens that arrived after the end of their login: what the provider has just given must not live on. */
import { type Seconds, sleep } from "../clock.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import { revokeRefreshToken } from "../provider/revocation.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { Parts } from "./parts.ts"
import { readOutcome } from "./read-grant.ts"
import type { RefreshOutcome, RefreshTarget } from "./refresh-target.ts"

/** Seconds between two looks at a store that fails, and how many there are: an outage of ten minutes is outlived. */
const pause: Seconds = 2
const mostLooks = 300

/**
 * Looks why the login is over, and revokes the new refresh token. A login that a new sign-in replaced is spared: revoking
 * would end the provider's session, which is the new one's too. If the store fails at that look, it is repeated in the
 * background; a token whose login may have been replaced is never revoked.
 *
 * @throws {StoreError} `store_unavailable`: what has become of the login is unknown for now.
 */
export async function revokeOrphan(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  { provider, refreshToken }: { provider: OidcProvider; refreshToken: string },
): Promise<RefreshOutcome> {
  const look = async () => {
    const outcome = await readOutcome(store, target)
    const spared = outcome.status === "ended" && outcome.reason === "replaced"
    if (!spared) await revokeRefreshToken(provider, refreshToken)
    return outcome
  }
  try {
    return await look()
  } catch (error) {
    parts.defer(lookAgain(parts, look))
    throw error
  }
}

async function lookAgain({ surroundings }: Parts, look: () => Promise<unknown>): Promise<void> {
  for (let looks = 1; looks < mostLooks; looks += 1) {
    await sleep(surroundings.scheduler, pause)
    const done = await look().then(
      () => true,
      () => false,
    )
    if (done) return
  }
}
