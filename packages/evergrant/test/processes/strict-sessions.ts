/** Sessions of a provider with strict rotation, for thousands of them: the rule alone, without a protocol. */
import { randomBytes } from "node:crypto"
import { type EpochSeconds, systemClock } from "../../src/clock.ts"

export interface IssuedTokens {
  access_token: string
  refresh_token: string
}

export interface StrictSessions {
  /** A new session with its first tokens. */
  begin(): { session: string; tokens: IssuedTokens }
  /** Spends a refresh token. A spent one that comes again ends its session. Nothing for one that is not good. */
  refresh(token: string): IssuedTokens | undefined
  end(token: string): void
  /** When the newest tokens of a session were issued. */
  issuedAt(session: string): EpochSeconds
  readonly counts: { succeeded: number; refused: number; revoked: number }
}

interface Session {
  /** The one refresh token that is good; nothing after the end. */
  token: string | undefined
  issuedAt: EpochSeconds
}

/** As long as real ones are. */
const tokenBytes = 600

export function createStrictSessions(): StrictSessions {
  const sessions = new Map<string, Session>()
  const counts = { succeeded: 0, refused: 0, revoked: 0 }

  function issue(session: string): IssuedTokens {
    const token = () => `${session}.${randomBytes(tokenBytes).toString("base64url")}`
    const refresh_token = token()
    sessions.set(session, { token: refresh_token, issuedAt: systemClock.now() })
    return { access_token: token(), refresh_token }
  }
  const sessionOf = (token: string): string => token.split(".")[0] ?? ""

  return {
    counts,
    begin() {
      const session = `session-${sessions.size + 1}`
      return { session, tokens: issue(session) }
    },
    refresh(token) {
      const session = sessions.get(sessionOf(token))
      if (session?.token === token) {
        counts.succeeded += 1
        return issue(sessionOf(token))
      }
      if (session) session.token = undefined
      counts.refused += 1
      return undefined
    },
    end(token) {
      const session = sessions.get(sessionOf(token))
      if (session) session.token = undefined
      counts.revoked += 1
    },
    issuedAt: (session) => sessions.get(session)?.issuedAt ?? 0,
  }
}
