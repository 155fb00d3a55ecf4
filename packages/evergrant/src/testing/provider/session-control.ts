/** What a test may do with SSO sessions. */
import { endSession } from "./logout-tokens.ts"
import type { Realm } from "./realm.ts"
import type { SessionControl } from "./sso-sessions.ts"

/** Creates the control of one realm's sessions. */
export function createSessionControl(realm: Realm): SessionControl {
  const { sessions, users } = realm
  const end = async (sid: string) => (await endSession(realm, sid)) ?? []
  return Object.freeze({
    end,
    list: sessions.list,
    get: sessions.get,
    age: sessions.age,
    async endAll(username?: string) {
      const sub = username === undefined ? undefined : users.get(username)?.sub
      const ending = sessions.list().filter((session) => username === undefined || session.sub === sub)
      return (await Promise.all(ending.map(({ sid }) => end(sid)))).flat()
    },
  })
}
