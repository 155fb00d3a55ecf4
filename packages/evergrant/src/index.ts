/** Evergrant's core, without a framework. Applications start at `evergrant/next`. */
export type {
  AccountColumns,
  AccountKey,
  AccountPatch,
  AccountRow,
  AccountWriter,
  ExpectedTokens,
  ListingAccountWriter,
} from "./accounts/account-writer.ts"
export type {
  Clock,
  EpochSeconds,
  Fetch,
  FetchInit,
  RandomBytes,
  Scheduler,
  Seconds,
  Surroundings,
} from "./clock.ts"
export type { DataDefinition, DataOwner } from "./data/data-definition.ts"
export type { PatchedBy } from "./data/patch-data.ts"
export {
  AccountTableError,
  ConfigurationError,
  type ErrorCode,
  EvergrantError,
  isEvergrantError,
  NoGrantError,
  type PatchIssue,
  ProviderResponseError,
  ProviderUnavailableError,
  type Remedy,
  RequestError,
  ScopeError,
  SessionPatchError,
  SignedOutError,
  type SignedOutReason,
  StoreError,
} from "./errors.ts"
export type { EventListener, EvergrantEvent, ProviderSignOut } from "./events.ts"
export { createEvergrant, type Evergrant, type EvergrantOptions, type RefreshOptions } from "./evergrant.ts"
export type { SignOutResult } from "./logout/sign-out.ts"
export type { ClientAuthMethod, EndpointOverrides, OidcProviderConfig } from "./provider/provider-config.ts"
export type { AccountTable } from "./refresh/parts.ts"
export type { AccessTokenOptions } from "./session/access-token.ts"
export type { AccountTokenOptions } from "./session/access-token-of-user.ts"
export type { SignInAccount } from "./session/first-grant.ts"
export type { ReadSessionOptions } from "./session/read-session.ts"
export type { RefreshSessionOptions } from "./session/refresh-session.ts"
export type { AccessToken } from "./session/serve-token.ts"
export type { GrantView, Reading, SessionView } from "./session/session-view.ts"
export type { SignIn, StartedLogin } from "./session/sign-in.ts"
export type {
  EndLogins,
  GrantStore,
  NewGrant,
  RefreshGuard,
  RotatedGrant,
  StoreContext,
  StoreDriver,
  WriteOutcome,
} from "./store/grant-store.ts"
export type {
  Change,
  DataRecord,
  EndedLogin,
  GrantKey,
  GrantRecord,
  LoginRecord,
  LoginSelector,
  OutboxEntry,
  RefreshIntent,
  RestoredLogin,
  SpentToken,
  StoredGrant,
  StoredLogin,
} from "./store/records.ts"
export type { SessionData } from "./store/vault.ts"
export type { ClaimDeclarations, ClaimSource, ClaimValues } from "./tokens/claims.ts"
