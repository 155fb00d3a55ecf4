/** What the policies (reading, refreshing, signing out, patching) are made of. Composed once, in `evergrant.ts`. */
import type { AccountWriter } from "../accounts/account-writer.ts"
import type { Seconds, Surroundings } from "../clock.ts"
import type { EventListener } from "../events.ts"
import type { OidcProvider } from "../provider/oidc-provider.ts"
import type { Vault } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"

/** The times that govern refreshing. */
export interface RefreshSettings {
  /** Seconds before expiry from which on a token is refreshed while callers still get the current one. */
  ahead: Seconds
  /** Seconds that a caller waits for a refresh before it is told that the provider is unavailable. */
  callerWait: Seconds
  /** Refreshes that run at one provider at the same time, in this process. */
  concurrency: number
  /** Seconds that an end waits for tokens that the store does not take. */
  closeWait: Seconds
  /** A refresh ahead is waited for as well: nothing may be left to do after the response. */
  inline: boolean
  /** Seconds of a lease; a crashed holder blocks others no longer. Renewed while the holder works. */
  lease: Seconds
}

/** The account table that follows the grants. */
export interface AccountTable {
  writer: AccountWriter
  /** Whether the token columns are sealed. Default `false`. */
  sealed?: boolean
  /**
   * Who is right about the tokens of an account: each login for itself, or the row, which all of them share. Default
   * `"store"`.
   */
  source?: "store" | "row"
}

export interface Parts {
  namespace: string
  /** Tells one store from another within a process. */
  storeName: string
  surroundings: Surroundings
  vault: Vault
  emit: EventListener
  /** The provider of this Auth.js id, if it can be refreshed at. */
  provider(id: string): OidcProvider | undefined
  claims: ClaimDeclarations
  refresh: RefreshSettings
  accounts?: AccountTable
  /** Removes the session row of an ended login, in the database strategy. */
  removeSession?(sessionToken: string): Promise<void>
  /** Keeps the platform awake for work that goes on after the response. */
  defer(work: Promise<unknown>): void
  /** Seconds that a tombstone is kept: as long as the oldest cookie may still turn up. */
  tombstoneLife: Seconds
}
