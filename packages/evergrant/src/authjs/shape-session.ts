/** The session as the application sees it, by its own `session` callback and with what was declared. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import type { Session } from "@auth/core/types"
import type { Binding } from "./binding.ts"
import type { SessionRow } from "./database/session-rows.ts"
import type { LiveSession } from "./live-session.ts"
import type { EvergrantSession } from "./session-shape.ts"

type JwtParameters = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["jwt"]>>[0]
type SessionParameters = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["session"]>>[0]

/** What callbacks are told of an update. */
export type Update = Pick<JwtParameters, "trigger" | "session">

/** Runs the `session` callback and event, and adds claims, data and times. */
export async function shapeSession(
  binding: Binding,
  live: LiveSession,
  token: JWT,
  update?: Update,
): Promise<EvergrantSession> {
  const { callbacks, events } = binding.their
  const { view } = live
  const ends = [
    live.cookie.exp ?? view.expiresAt,
    ...view.grants.flatMap((grant) => grant.sessionExpiresAt ?? []),
  ]
  const expires = new Date(Math.min(...ends) * 1000).toISOString()
  const { user, given } = live.row ? ofRow(live.row, token, update) : ofToken(token, expires)
  const asked = callbacks?.session?.(given as unknown as SessionParameters)
  const theirs: Partial<Session> = (await asked) ?? { user }
  // The row's own token is the session itself.
  const { sessionToken: _, ...shown } = theirs as Partial<Session> & { sessionToken?: unknown }
  const session = {
    ...shown,
    expires,
    // Core would put the whole token here when a callback forgets `user`.
    user: { id: view.user, ...(shown.user ?? user) },
    claims: view.claims,
    data: view.data,
    grants: view.grants.map(({ providerAccountId: _, ...grant }) => ({
      ...grant,
      expiresAt: Math.floor(grant.expiresAt),
      sessionExpiresAt: grant.sessionExpiresAt === null ? null : Math.floor(grant.sessionExpiresAt),
    })),
    version: view.version,
  } as unknown as EvergrantSession
  try {
    await events?.session?.({ session: session as unknown as Session, token })
  } catch (error) {
    // As in Auth.js: an event decides nothing.
    const log = binding.config.logger?.error ?? console.error
    log(error instanceof Error ? error : new Error("The event `session` threw.", { cause: error }))
  }
  return session
}

/** What the callback gets, and what is shown without one, in the JWT strategy. */
function ofToken(token: JWT, expires: string) {
  const user = { name: token.name ?? null, email: token.email ?? null, image: token.picture ?? null }
  return { user, given: { session: { user, expires }, token } }
}

/**
 * The same in the database strategy. `session.user` is the row of the users table, with name, e-mail and picture as
 * the provider last told them; the callback finds the row as it is in `user`.
 */
function ofRow({ session, user }: SessionRow, { name, email, picture }: JWT, update: Update | undefined) {
  const told = {
    ...(name ? { name } : {}),
    ...(email ? { email } : {}),
    ...(picture ? { image: picture } : {}),
  }
  const shown = { name: user.name ?? null, email: user.email, image: user.image ?? null, ...told }
  const trigger = update?.trigger === "update" ? { trigger: update.trigger } : {}
  const newSession = update?.session
  return {
    user: shown,
    given: { session: { ...session, user: { ...user, ...told } }, user, newSession, ...trigger },
  }
}
