/**
 * The single sign-on sessions of an embedded provider: one for each signed-in browser, known by its `sid`. Their
 * life is computed at each question, so that changed lifetimes count for sessions that exist already.
 */
import type { EpochSeconds, Seconds } from "../../clock.ts"
import type { LogoutDelivery } from "./logout-token-options.ts"
import type { SettingsControl } from "./settings.ts"

/** One live session. */
export interface SsoSession {
  readonly sid: string
  readonly sub: string
  readonly startedAt: EpochSeconds
  readonly lastActiveAt: EpochSeconds
  /** Ids of the clients that signed in within this session. */
  readonly clientIds: readonly string[]
}

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

/** What is known of a session when the provider's own record of it is saved. */
export interface SessionSighting {
  sid: string
  sub: string
  clientIds: readonly string[]
}

/** The sessions as the provider's parts see them. */
export interface SsoSessions {
  /** Notes that a browser used the session. Starts it when it is new; an ended one stays ended. */
  observe(sighting: SessionSighting): void
  /** Extends the idle time. */
  touch(sid: string): void
  isAlive(sid: string): boolean
  get(sid: string): SsoSession | undefined
  list(): readonly SsoSession[]
  /** Seconds until the absolute end. 0 for a session that is not alive. */
  timeLeft(sid: string): Seconds
  /** Whole seconds, at least one, that something with the life `wanted` may live within this session. */
  clamp(wanted: Seconds, sid: string | undefined): Seconds
  /** Ends the session. Returns it as it was, or nothing when it was not alive. */
  end(sid: string): SsoSession | undefined
  /** Lets the session be so many seconds older, as if that time had passed without activity. */
  age(sid: string, seconds: Seconds): void
}

/** Creates the sessions of one provider. */
export function createSsoSessions(settings: SettingsControl): SsoSessions {
  const sessions = new Map<string, SsoSession>()
  const ended = new Set<string>()
  const now = (): EpochSeconds => Date.now() / 1000

  const timeLeft = (session: SsoSession): Seconds => {
    const { refreshToken, ssoMax } = settings.get().lifetimes
    const idleLeft = session.lastActiveAt + refreshToken - now()
    const maxLeft = session.startedAt + ssoMax - now()
    return idleLeft > 0 && maxLeft > 0 ? maxLeft : 0
  }
  const get = (sid: string): SsoSession | undefined => {
    const session = sessions.get(sid)
    return session && timeLeft(session) > 0 ? session : undefined
  }
  const change = (sid: string, fields: Partial<SsoSession>): void => {
    const session = get(sid)
    if (session) sessions.set(sid, Object.freeze({ ...session, ...fields }))
  }

  return Object.freeze({
    get,
    observe({ sid, sub, clientIds }: SessionSighting) {
      if (ended.has(sid)) return
      if (sessions.has(sid)) change(sid, { sub, clientIds, lastActiveAt: now() })
      else sessions.set(sid, Object.freeze({ sid, sub, clientIds, startedAt: now(), lastActiveAt: now() }))
    },
    touch: (sid: string) => change(sid, { lastActiveAt: now() }),
    isAlive: (sid: string) => get(sid) !== undefined,
    list: () => [...sessions.values()].filter((session) => timeLeft(session) > 0),
    timeLeft(sid: string) {
      const session = get(sid)
      return session ? timeLeft(session) : 0
    },
    clamp(wanted: Seconds, sid: string | undefined) {
      const session = sid === undefined ? undefined : get(sid)
      return session ? Math.max(1, Math.floor(Math.min(wanted, timeLeft(session)))) : wanted
    },
    end(sid: string) {
      const session = get(sid)
      sessions.delete(sid)
      ended.add(sid)
      return session
    },
    age(sid: string, seconds: Seconds) {
      const session = get(sid)
      if (!session) return
      change(sid, {
        startedAt: session.startedAt - seconds,
        lastActiveAt: session.lastActiveAt - seconds,
      })
    },
  })
}
