/** Where the row is the source, the grant belongs to all logins of an account, and ends with the last of them. */
import { toAccountIdentity } from "../linked/account-identity.ts"
import { newestGrant } from "../linked/newest-grant.ts"
import { sharedTokens } from "../linked/shared-tokens.ts"
import type { Parts } from "../refresh/parts.ts"
import type { StoredGrant } from "../store/records.ts"
import { hashSecret } from "../tokens/token-hash.ts"
import type { TokenSet } from "../tokens/token-set.ts"

/** What each grant of a login has become in its account, by {@link nameOf}. */
export type SharedGrants = ReadonlyMap<string, TokenSet>

const none: SharedGrants = new Map()

/** Reads what the accounts of a login hold. To be asked before the login ends, since its rows are emptied then. */
export async function readSharedGrants(parts: Parts, handle: string): Promise<SharedGrants> {
  if (parts.accounts?.source !== "row") return none
  const store = await parts.vault.store()
  const login = await store.readLogin(await hashSecret(handle))
  if (login?.status !== "live") return none
  const found = new Map<string, TokenSet>()
  const read = async (grant: StoredGrant) => {
    try {
      const tokens = await sharedTokens(parts, store, grant, await parts.vault.openTokens(grant))
      if (tokens) found.set(nameOf(grant), tokens)
    } catch {
      // The row cannot be read: then the login's own copy has to do.
    }
  }
  await Promise.all(login.grants.map(read))
  return found
}

/** Whether another login of the account goes on using the grant. */
export async function isShared(parts: Parts, grant: StoredGrant): Promise<boolean> {
  if (parts.accounts?.source !== "row") return false
  try {
    return (await newestGrant(parts, await parts.vault.store(), toAccountIdentity(grant))) !== undefined
  } catch {
    // Whether somebody else needs it is unknown: theirs must not end.
    return true
  }
}

/** The name of a grant within its login. */
export function nameOf({ provider, providerAccountId }: StoredGrant): string {
  return JSON.stringify([provider, providerAccountId])
}
