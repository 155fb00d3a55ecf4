/** The session as the application sees it: stock Auth.js plus what was declared. */
import type { Session } from "@auth/core/types"
import type { GrantView } from "../session/session-view.ts"
import type { SessionData } from "../store/vault.ts"
import type { ClaimDeclarations } from "../tokens/claims.ts"

/** How long one grant lives. No token. */
export type GrantTimes = Omit<GrantView, "providerAccountId">

/**
 * What `auth()` returns for a user who is signed in.
 *
 * `claims` holds what was declared, by its declared path; `data` the application's own fields; `grants` is empty
 * after a sign-in that gave nothing to refresh.
 */
export type EvergrantSession<
  Claims extends ClaimDeclarations = ClaimDeclarations,
  Data extends SessionData = SessionData,
> = Omit<Session, "user"> & {
  user: NonNullable<Session["user"]> & { id: string }
  claims: { readonly [Path in keyof Claims]?: unknown }
  data: Partial<Data>
  grants: readonly GrantTimes[]
  /** Grows with any change of the login or of its user's data. */
  version: number
}
