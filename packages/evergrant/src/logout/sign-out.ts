/**
 * Sign-out, in the only safe order: look, tombstone, end locally, and only then speak to the provider. Whatever
 * the provider does, this application is out already.
 */
import type { ProviderSignOut } from "../events.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import { endAtProvider } from "./end-at-provider.ts"
import { endLogin } from "./end-login.ts"
import { endLogins } from "./end-logins.ts"
import { isShared, nameOf, readSharedGrants } from "./shared-grants.ts"

/** What a sign-out achieved. Never thrown, never prettied up. */
export interface SignOutResult {
  /** The login that ended; `null` when there was none. */
  loginId: string | null
  user: string | null
  /** One entry for each provider that the login held a grant of. */
  providers: ProviderSignOut[]
}

/**
 * Ends a login everywhere.
 *
 * @param landing The address at which a browser would land; it lets the provider confirm the end.
 * @throws {StoreError} `store_unavailable`: nothing was ended, because a tombstone could not be written.
 * @see OpenID Connect RP-Initiated Logout 1.0
 */
export async function signOut(parts: Parts, handle: string, landing: string): Promise<SignOutResult> {
  const shared = await readSharedGrants(parts, handle)
  const { logins, cleared } = await endLogin(parts, handle, "signed_out")
  const [login] = logins
  if (!login) return { loginId: null, user: null, providers: [] }

  const own: StoredGrant[] = []
  const providers: ProviderSignOut[] = []
  for (const grant of login.grants) {
    if (await isShared(parts, grant)) providers.push({ provider: grant.provider, status: "shared" })
    else own.push(grant)
  }
  await endSiblings(parts, own)
  const ending = Promise.all(
    own.map((grant) => endAtProvider(parts, grant, landing, shared.get(nameOf(grant)))),
  )
  const [ended] = await Promise.all([ending, cleared])
  providers.push(...ended)
  const result = { loginId: login.loginId, user: login.user, providers }
  parts.emit({ type: "signout.finished", ...result })
  return result
}

/** The provider's session takes every login of it along, also one whose sign-in is still on its way. */
async function endSiblings(parts: Parts, grants: readonly StoredGrant[]): Promise<void> {
  for (const { issuer, clientId, sid } of grants) {
    if (!sid) continue
    await endLogins(parts, { issuer, clientId, sid }, "signed_out").then(
      (more) => parts.defer(more.cleared),
      // This login has ended already: a store that fails now must not keep us from the provider.
      () => parts.emit({ type: "store.unavailable", operation: "endLogins" }),
    )
  }
}
