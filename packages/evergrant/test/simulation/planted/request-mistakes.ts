/** Mistakes about what is asked of the provider. */
import { timedOut, withDeadline } from "../../../src/clock.ts"
import { grantName } from "../../../src/stores/memory/tables.ts"
import type { PlantedBug } from "./planted-bug.ts"

const isTokenRequest = (url: string): boolean => url.endsWith("/token")

/** Nobody can tell afterwards whether a refused token had been spent by us. */
export const intentNotWritten: PlantedBug = {
  name: "the intent is not written",
  inStep: (store, tables) => ({
    ...store,
    async beginRefresh(guard, intent) {
      const outcome = await store.beginRefresh(guard, intent)
      const grant = tables.logins.get(guard.grant.loginId)?.grants.get(grantName(guard.grant))
      if (grant) grant.intent = null
      return outcome
    },
  }),
}

export const lostAnswerRetried: PlantedBug = {
  name: "a request whose answer was lost is sent again at once",
  inFetch: (fetch) => (url, init) => {
    const first = fetch(url, init)
    return isTokenRequest(url) ? first.catch(() => fetch(url, init)) : first
  },
}

/** The token request ends with the patience of who asked for it. */
export const abortedWithCaller: PlantedBug = {
  name: "the token request is aborted when its caller gives up",
  inFetch: (fetch, scheduler) => async (url, init) => {
    if (!isTokenRequest(url)) return fetch(url, init)
    const answer = await withDeadline(scheduler, 4, fetch(url, init))
    if (answer === timedOut) throw new Error("aborted")
    return answer
  },
}

export const busyTakenForRefusal: PlantedBug = {
  name: "a provider that is busy is taken for one that refuses",
  inFetch: (fetch) => async (url, init) => {
    const answer = await fetch(url, init)
    return answer.status === 503 ? Response.json({ error: "invalid_grant" }, { status: 400 }) : answer
  },
}

export const lateTokenNotRevoked: PlantedBug = {
  name: "a token that arrives after the end is not revoked",
  inFetch: (fetch) => (url, init) =>
    url.endsWith("/revoke") ? Promise.resolve(new Response(null, { status: 200 })) : fetch(url, init),
}
