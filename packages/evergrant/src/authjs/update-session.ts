/** Auth.js's "update" trigger: `useSession().update({})` and `unstable_update` mean "ask the provider". */
import { isEvergrantError } from "../errors.ts"
import type { SessionData } from "../store/vault.ts"
import type { Binding } from "./binding.ts"
import type { LiveSession } from "./live-session.ts"

/**
 * Updates a session; `null` when the provider says that it is over.
 *
 * The payload comes from a browser and is believed only for the fields that are declared writable; the rest of it
 * is ignored. A provider or store that cannot be asked leaves the session as it was: a throw would make Auth.js v5
 * delete the cookie.
 */
export async function updateSession(
  { evergrant, options }: Binding,
  live: LiveSession,
  payload: unknown,
): Promise<LiveSession | null> {
  let updated = live
  const patch = writableFields(payload, options.data?.browserWritable ?? [])
  if (Object.keys(patch).length > 0) {
    updated = (await attempt(() => patched(evergrant, updated, patch))) ?? updated
  }
  if (!updated.bound || updated.view.grants.length === 0) return updated
  try {
    return { ...updated, view: await evergrant.refreshSession(updated.handle) }
  } catch (error) {
    if (!isEvergrantError(error)) throw error
    return error.code === "signed_out" ? null : updated
  }
}

async function patched(
  evergrant: Binding["evergrant"],
  live: LiveSession,
  patch: SessionData,
): Promise<LiveSession> {
  if (live.bound) return { ...live, view: await evergrant.patchSession(live.handle, patch, "browser") }
  const data = await evergrant.patchData(live.view.user, patch, "browser")
  return { ...live, view: { ...live.view, data } }
}

function writableFields(payload: unknown, writable: readonly string[]): SessionData {
  if (typeof payload !== "object" || payload === null) return {}
  return Object.fromEntries(
    writable.flatMap((field) =>
      Object.hasOwn(payload, field) ? [[field, (payload as SessionData)[field]]] : [],
    ),
  )
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isEvergrantError(error)) return undefined
    throw error
  }
}
