/** What `evergrant(NextAuth, config)` gives: the stock exports, typed with claims and data, and ours. */
import type { GetServerSidePropsContext, NextApiRequest, NextApiResponse } from "next"
import type { NextFetchEvent, NextMiddleware, NextRequest } from "next/server.js"
import type { NextAuthResult } from "next-auth"
import type { AccountRow } from "../accounts/account-writer.ts"
import type { EvergrantSession } from "../authjs/index.ts"
import type { ProviderSignOut } from "../events.ts"
import type { AccessTokenOptions } from "../session/access-token.ts"
import type { AccountTokenOptions } from "../session/access-token-of-user.ts"
import type { RefreshSessionOptions } from "../session/refresh-session.ts"
import type { AccessToken } from "../session/serve-token.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"
import type { FromRequest } from "./actions.ts"
import type { AuthRequest } from "./auth.ts"
import type { SessionStatus } from "./current-session.ts"

/** `auth`: a call, `{ req, res }`, a wrapper of a route or of the proxy, or the proxy itself. */
export interface Auth<Session> {
  (): Promise<Session | null>
  (request: NextApiRequest, response: NextApiResponse): Promise<Session | null>
  (context: GetServerSidePropsContext): Promise<Session | null>
  (request: NextRequest, event?: NextFetchEvent): Promise<Response>
  <Context>(
    handler: (request: AuthRequest<Session>, context: Context) => unknown,
  ): (request: NextRequest, context: Context) => Promise<Response>
}

/** The answer of `signOut({ redirect: false })`. */
export interface SignedOut {
  /** Where stock Auth.js would go. */
  redirect: string
  /** What became of each provider's session. */
  providers: readonly ProviderSignOut[]
}

export interface EvergrantResult<Claims extends ClaimDeclarations, Data extends SessionData> {
  /** For `app/api/auth/[...nextauth]/route.ts`: Auth.js's routes and `/api/auth/evergrant/*`. */
  handlers: {
    GET: (request: NextRequest) => Promise<Response>
    POST: (request: NextRequest) => Promise<Response>
  }
  /** The session, or `null`. @throws {StoreError} `store_unavailable` when that cannot be told. */
  auth: Auth<EvergrantSession<Claims, Data>> & NextMiddleware
  /** As `auth()`, with the reason why nobody is signed in. @throws {StoreError} */
  sessionStatus: (from?: FromRequest) => Promise<SessionStatus<EvergrantSession<Claims, Data>>>
  signIn: NextAuthResult["signIn"]
  /** Ends the login here and the provider's session. @throws {StoreError} Nothing was ended. */
  signOut: <R extends boolean = true>(options?: {
    redirectTo?: string
    redirect?: R
  }) => Promise<R extends false ? SignedOut : never>
  /**
   * An access token that is good now: of the request's session, or outside of a request (in a job, a queue) of a user
   * by id, as in `getAccessToken({ userId, provider: "keycloak" })`. With `scope`, `resource` or `audience` it is another token
   * than the main one.
   *
   * @throws {SignedOutError} {NoGrantError} {ProviderUnavailableError} {ScopeError} {StoreError}
   */
  getAccessToken: (options?: (AccessTokenOptions & FromRequest) | AccountTokenOptions) => Promise<AccessToken>
  /** @throws {SignedOutError} {NoGrantError} {ProviderUnavailableError} {StoreError} */
  refreshSession: (options?: RefreshSessionOptions & FromRequest) => Promise<EvergrantSession<Claims, Data>>
  /** @throws {SessionPatchError} {SignedOutError} {StoreError} */
  patchSession: (patch: Partial<Data>, from?: FromRequest) => Promise<EvergrantSession<Claims, Data>>
  unstable_update: NextAuthResult["unstable_update"]
  /** For an application's own writing routes: 403 for a request from another site. @throws {RequestError} */
  requireSameOrigin: (request: Request) => void
  /**
   * Opens the sealed columns of a row that the application read from its account table; plain ones stay as they are.
   *
   * @throws {StoreError} `record_unreadable`.
   */
  openAccount: (row: AccountRow) => Promise<AccountRow>
  /** Resolves when the store can serve. @throws {StoreError} */
  ping: () => Promise<void>
  /** Waits for refreshes whose tokens are on their way, and closes the store: call it at SIGTERM. */
  close: () => Promise<void>
}
