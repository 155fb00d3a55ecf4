/** Runs the application's own callbacks over a session, in Auth.js's order, and adds what was declared. */
import type { AuthConfig } from "@auth/core"
import type { JWT } from "@auth/core/jwt"
import { isEvergrantError, type SignedOutReason } from "../errors.ts"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"
import type { EvergrantSession } from "./session-shape.ts"
import { shapeSession, type Update } from "./shape-session.ts"

type JwtParameters = Parameters<NonNullable<NonNullable<AuthConfig["callbacks"]>["jwt"]>>[0]

export type Presented =
  | { session: EvergrantSession; token: JWT }
  /** `over`: not for this request alone. */
  | { denied: SignedOutReason; over: boolean }

/**
 * Turns a live session into what `auth()` returns. A `null` of the application's `jwt` callback ends the login, as
 * in Auth.js v5; a throw of a callback denies this request and leaves login and cookie alone.
 *
 * @param update What the `jwt` callback is told of an update.
 * @throws {StoreError} `store_unavailable`.
 */
export async function presentSession(
  binding: Binding,
  live: LiveSession,
  update?: Update,
): Promise<Presented> {
  let callback: "jwt" | "session" = "jwt"
  try {
    const token = await reshapeToken(binding, live, update)
    if (!token) return { denied: "denied_by_application", over: true }
    callback = "session"
    return { session: await shapeSession(binding, live, token, update), token }
  } catch (error) {
    if (isStoreFailure(error)) throw error
    binding.evergrant.report({ type: "callback.failed", callback })
    return { denied: "denied_by_application", over: false }
  }
}

/**
 * Runs the `jwt` callback. What it changes is stored on the server: it lasts also where no cookie can be written.
 *
 * @returns `null` when the application ends the login.
 */
async function reshapeToken(
  binding: Binding,
  live: LiveSession,
  update: Update | undefined,
): Promise<JWT | null> {
  const token = toToken(live)
  const ask = binding.their.callbacks?.jwt
  // As in Auth.js, there is no token in the database strategy.
  if (!ask || live.row) return token
  const changed = await ask({ ...update, token: { ...token } } as JwtParameters)
  if (!changed) {
    if (live.bound) await binding.evergrant.endLogin(live.handle, "denied_by_application")
    return null
  }
  if (live.bound && JSON.stringify(changed) !== JSON.stringify(token)) {
    const { iat: _iat, exp: _exp, jti: _jti, sub: _sub, ...content } = changed
    await binding.evergrant.saveToken(live.handle, live.view, content)
  }
  return changed
}

/** The full token, as the application's callbacks know it. */
export function toToken({ view, cookie }: LiveSession): JWT {
  const { iat, exp, jti } = cookie
  return {
    ...view.token,
    sub: view.user,
    ...(iat ? { iat } : {}),
    ...(exp ? { exp } : {}),
    ...(jti ? { jti } : {}),
  }
}

function isStoreFailure(error: unknown): boolean {
  return isEvergrantError(error) && error.code === "store_unavailable"
}
