/** What the session cookie holds: a reference, and in the placement without a store the login itself besides. */
import type { JWT } from "@auth/core/jwt"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"
import { loginKey, referenceToken, unboundToken } from "./session-cookie.ts"

/** The content of the cookie of a login, as it is now; `null` if it ended meanwhile. @throws {StoreError} */
export async function cookieContent(binding: Binding, handle: string, user: string): Promise<JWT | null> {
  const reference = referenceToken(user, handle)
  if (binding.placement === "store") return reference
  const login = await binding.evergrant.takeSnapshot(handle)
  return login ? { ...reference, [loginKey]: login } : null
}

/** What a new cookie of a session holds; `null` if there must be none. @throws {StoreError} */
export async function cookieTokenOf(
  binding: Binding,
  { bound, view, handle, cookie }: LiveSession,
  token: JWT = cookie,
): Promise<JWT | null> {
  return bound ? cookieContent(binding, handle, view.user) : unboundToken(token, handle)
}

/** The content of the cookie of a session as it was read, for when nothing newer can be had. */
export function unchangedToken(binding: Binding, { bound, view, handle, cookie }: LiveSession): JWT {
  return bound && binding.placement === "store"
    ? referenceToken(view.user, handle)
    : unboundToken(cookie, handle)
}

/** Whether this process knows more of a login than the cookie that led to it. @throws {StoreError} */
export async function isCookieBehind(
  binding: Binding,
  { bound, handle, cookie }: LiveSession,
): Promise<boolean> {
  if (!bound || binding.placement === "store") return false
  return (await binding.evergrant.takeSnapshot(handle, cookie[loginKey])) !== undefined
}
