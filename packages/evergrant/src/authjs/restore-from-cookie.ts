/** The way back from the cookie into the process, in the placement without a store. */
import type { JWT } from "@auth/core/jwt"
import type { Binding } from "./binding.ts"
import { loginKey } from "./session-cookie.ts"

/**
 * Tells the store what a cookie carries, where the store does not know it or knows it older.
 *
 * @returns `unreadable`: the cookie is not to be believed.
 * @throws {StoreError} `store_unavailable`.
 */
export async function restoreFromCookie(
  binding: Binding,
  handle: string,
  cookie: JWT,
): Promise<"readable" | "unreadable"> {
  if (binding.placement === "store") return "readable"
  const held = cookie[loginKey]
  if (held !== undefined && typeof cookie.sub !== "string") return "unreadable"
  return binding.evergrant.restoreLogin(handle, cookie.sub ?? "", held)
}
