/**
 * Sign-out, in the only safe order: look, tombstone, end locally, and only then speak to the provider. Whatever
 * the provider does, this application is out already.
 */
import { timedOut, withDeadline } from "../clock.ts"
import type { ProviderSignOut } from "../events.ts"
import { endProviderSession } from "../provider/end-session.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import { endLogin } from "./end-login.ts"
import { endLogins } from "./end-logins.ts"

/** What a sign-out achieved. Never thrown, never prettied up. */
export interface SignOutResult {
  /** The login that ended; `null` when there was none. */
  loginId: string | null
  user: string | null
  /** One entry for each provider that the login held a grant of. */
  providers: ProviderSignOut[]
}

/** Seconds that the provider may take in all. */
const providerLimit = 5

/**
 * Ends a login everywhere.
 *
 * @param landing The address at which a browser would land; it lets the provider confirm the end.
 * @throws {StoreError} `store_unavailable`: nothing was ended, because a tombstone could not be written.
 * @see OpenID Connect RP-Initiated Logout 1.0
 */
export async function signOut(parts: Parts, handle: string, landing: string): Promise<SignOutResult> {
  const { logins, cleared } = await endLogin(parts, handle, "signed_out")
  const [login] = logins
  if (!login) return { loginId: null, user: null, providers: [] }

  // The provider's session takes every login of it along, also one whose sign-in is still on its way.
  for (const { issuer, clientId, sid } of login.grants) {
    // This login has ended already: a store that fails now must not keep us from the provider.
    if (sid)
      await endLogins(parts, { issuer, clientId, sid }, "signed_out").then(
        (more) => parts.defer(more.cleared),
        () => parts.emit({ type: "store.unavailable", operation: "endLogins" }),
      )
  }

  const ending = Promise.all(login.grants.map((grant) => endAtProvider(parts, grant, landing)))
  const [providers] = await Promise.all([ending, cleared])
  const result = { loginId: login.loginId, user: login.user, providers }
  parts.emit({ type: "signout.finished", ...result })
  return result
}

async function endAtProvider(parts: Parts, grant: StoredGrant, landing: string): Promise<ProviderSignOut> {
  const about = { provider: grant.provider }
  const provider = parts.provider(grant.provider)
  if (!provider) return { ...about, status: "failed", reason: "the provider is not configured any more" }
  let tokens: Awaited<ReturnType<typeof parts.vault.openTokens>>
  try {
    tokens = await parts.vault.openTokens(grant)
  } catch {
    return { ...about, status: "failed", reason: "the stored tokens cannot be opened" }
  }
  const hint = { idToken: tokens.idToken, refreshToken: tokens.refreshToken, landing }
  const verdict = await withDeadline(
    parts.surroundings.scheduler,
    providerLimit,
    endProviderSession(provider, hint),
  )
  if (verdict === timedOut)
    return { ...about, status: "unknown", reason: "the provider did not answer in time" }
  return { ...about, ...verdict }
}
