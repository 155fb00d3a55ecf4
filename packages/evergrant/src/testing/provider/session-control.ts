/** What a test may do with SSO sessions. */
import type { Seconds } from "../../clock.ts"
import { endSession, type LogoutDelivery } from "./logout-tokens.ts"
import type { Realm } from "./realm.ts"
import type { SsoSession } from "./sso-sessions.ts"

/** Reads and ends the SSO sessions of an embedded provider. */
export interface SessionControl {
  /** The live sessions, oldest first. */
  list(): readonly SsoSession[]
  get(sid: string): SsoSession | undefined
  /**
   * Ends a session as a sign-out elsewhere would: its tokens and its cookie are refused from now on, and logout
   * tokens are sent. Resolves, when they are answered, to what became of them.
   */
  end(sid: string): Promise<readonly LogoutDelivery[]>
  /** Ends the sessions of one user, or of all. */
  endAll(username?: string): Promise<readonly LogoutDelivery[]>
  /** Makes a session so many seconds older, as if that time had passed without activity. */
  age(sid: string, seconds: Seconds): void
}

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
