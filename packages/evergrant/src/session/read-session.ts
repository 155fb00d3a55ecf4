/** The one read function: `auth()`, pages, routes, proxy and API all come through here. */

import type { EpochSeconds } from "../clock.ts"
import { lookAtOutbox } from "../outbox/deliver.ts"
import { endGrant } from "../refresh/end-grant.ts"
import type { Parts } from "../refresh/parts.ts"
import { planFor } from "../refresh/plan.ts"
import { refreshAhead, refreshGrant } from "../refresh/refresh-grant.ts"
import type { StoredGrant } from "../store/records.ts"
import { answerInTime } from "./answer-in-time.ts"
import { type OpenLogin, openLogin } from "./open-login.ts"
import { type Reading, toSessionView } from "./session-view.ts"

export interface ReadSessionOptions {
  /**
   * Refresh a grant that is due, as a request of the user should. `false` only looks: it never asks the provider
   * and never keeps an idle user alive. Default `true`.
   */
  refresh?: boolean
}

/**
 * Reads the session behind a handle.
 *
 * A grant whose access token has expired is refreshed first, so that a user whom the provider has put out is
 * noticed no later than an access token lives. When the provider cannot be asked the session is served all the
 * same: a provider that is down signs nobody out.
 *
 * @throws {StoreError} `store_unavailable`: whether the user is signed in is unknown.
 */
export async function readSession(
  parts: Parts,
  handle: string,
  options: ReadSessionOptions = {},
): Promise<Reading> {
  lookAtOutbox(parts)
  return answerInTime(parts, (since) => look(parts, handle, { refresh: true, ...options, since }))
}

async function look(
  parts: Parts,
  handle: string,
  how: { refresh: boolean; since: EpochSeconds },
): Promise<Reading> {
  const opened = await openLogin(parts, handle)
  if (opened.status !== "live") return opened
  const changed = await attendToGrants(parts, opened.login, how)
  if (!changed) return { status: "session", view: toSessionView(opened.login) }
  const again = await openLogin(parts, handle)
  return again.status === "live" ? { status: "session", view: toSessionView(again.login) } : again
}

/** Returns whether the login has to be read again. All at once: several providers that hang cost no more than one. */
async function attendToGrants(
  parts: Parts,
  login: OpenLogin,
  { refresh, since }: { refresh: boolean; since: EpochSeconds },
): Promise<boolean> {
  let changed = false
  const attend = async (grant: StoredGrant) => {
    const plan = planFor(parts, grant)
    const target = { login, grant, forced: false, since }
    if (plan.do === "end") {
      await endGrant(parts, await parts.vault.store(), grant, "provider_session_expired")
      changed = true
      return
    }
    if (!refresh || (plan.do !== "refresh" && plan.do !== "serve_and_refresh")) return
    const outcome = await (plan.do === "refresh" ? refreshGrant : refreshAhead)(parts, target)
    if (outcome?.status === "refreshed" || outcome?.status === "ended") changed = true
  }
  await Promise.all(login.record.grants.map(attend))
  return changed
}
