/** Whether a silent sign-in has brought back the very user who was lost. */
import type { AuthConfig } from "@auth/core"
import type { Adapter } from "@auth/core/adapters"
import { decodeClaims } from "../../provider/decode-claims.ts"
import type { SilentOffer } from "../../silent/offer.ts"
import type { Binding } from "../binding.ts"

type Given = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["signIn"]>>[0]

/**
 * Compares the account that came back, before Auth.js has created or linked anything. Auth.js has checked the ID token.
 *
 * With an adapter the account must still be linked to somebody: a silent sign-in registers nobody. In the database
 * strategy that must be the same user; in the other one the `jwt` callback may give the user another id, which is
 * compared afterwards.
 */
export async function isSameAccount(
  { rows }: Binding,
  adapter: Adapter | undefined,
  lost: SilentOffer,
  { account }: Pick<Given, "account">,
): Promise<boolean> {
  if (account?.provider !== lost.provider || account.providerAccountId !== lost.providerAccountId)
    return false
  if (!account.id_token || decodeClaims(account.id_token).sub !== lost.sub) return false
  if (!adapter) return true
  const { provider, providerAccountId } = account
  const owner = await adapter.getUserByAccount?.({ provider, providerAccountId })
  return owner ? !rows || String(owner.id) === lost.user : false
}
