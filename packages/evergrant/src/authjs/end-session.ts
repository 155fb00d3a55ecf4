/** Ends the session of a request, whatever kind it is. */
import type { AuthConfig } from "@auth/core"
import type { SignOutResult } from "../logout/sign-out.ts"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"

/**
 * Ends a login here and at its providers; of a session older than Evergrant, every copy of its cookie.
 *
 * @throws {StoreError} `store_unavailable`: nothing was ended.
 */
export async function endSession(
  { evergrant, config, rows }: Binding,
  live: LiveSession,
): Promise<SignOutResult> {
  if (live.bound) return evergrant.signOut(live.handle, landingPage(config))
  await evergrant.endUnboundSession(live.handle, live.view.user)
  await rows?.remove(live.handle)
  return { loginId: null, user: live.view.user, providers: [] }
}

/** Where a browser would come back to: the address that the provider confirms the end with. */
export function landingPage(config: AuthConfig): string {
  const origin = process.env.AUTH_URL ? new URL(process.env.AUTH_URL).origin : ""
  return `${origin}${config.basePath ?? ""}/evergrant/signed-out`
}
