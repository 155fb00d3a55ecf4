/** Keeps what the application's `jwt` callback adds to the token: on the server, not in the cookie. */

import type { Parts } from "../refresh/parts.ts"
import { openLogin } from "./open-login.ts"
import type { SessionView } from "./session-view.ts"

/**
 * Stores a changed token. Works where no cookie can be written, too. Of two requests that change it at once one
 * wins, as with the cookie of stock Auth.js; the other's callback runs again at its next request.
 */
export async function saveToken(
  parts: Parts,
  handle: string,
  view: SessionView,
  token: Record<string, unknown>,
): Promise<void> {
  const opened = await openLogin(parts, handle)
  if (opened.status !== "live") return
  const { content } = opened.login
  const revision = view.revision + 1
  const sealedLogin = await parts.vault.sealLogin(view.loginId, revision, { ...content, token })
  const store = await parts.vault.store()
  await store.updateLogin({ loginId: view.loginId, revision: view.revision, sealedLogin })
}
