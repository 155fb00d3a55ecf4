/**
 * The provider as a function: sessions, chains of refresh tokens, and what becomes of them. It knows the truth that a
 * schedule is judged by. Tokens are numbered: `rt.SESSION.NUMBER` gives `at.SESSION.NUMBER` and the next.
 */
import type { EpochSeconds, Seconds } from "../../../src/clock.ts"

/**
 * - `strict`: a refresh token is good once.
 * - `detecting`: as strict, and a spent token makes the newest one useless too, as at Keycloak.
 * - `window`: for so many seconds a spent token is good for more.
 */
export type Rotation = { kind: "strict" } | { kind: "detecting" } | { kind: "window"; seconds: Seconds }

/** One sign-in at the provider. */
export interface ProviderSession {
  sid: string
  /** `undefined`: it lives. */
  over: "logged out" | "revoked" | "reuse" | "ended" | undefined
  issued: number
}

export interface IssuedToken {
  text: string
  session: ProviderSession
  /** The token that was spent for it. */
  parent: IssuedToken | undefined
  issuedAt: EpochSeconds
  spentAt: EpochSeconds | undefined
}

export interface RotatingProvider {
  readonly issuer: string
  begin(sid: string): IssuedToken
  find(text: string): IssuedToken | undefined
  /** Spends a token. Nothing: refused. */
  refresh(text: string): IssuedToken | undefined
  end(session: ProviderSession, how: NonNullable<ProviderSession["over"]>): void
  /** Whether a refresh with this token would succeed now. */
  accepts(token: IssuedToken): boolean
}

export const issuer = "https://provider.example"

export function createRotatingProvider(rotation: Rotation, now: () => EpochSeconds): RotatingProvider {
  const tokens = new Map<string, IssuedToken>()

  function issue(session: ProviderSession, parent: IssuedToken | undefined): IssuedToken {
    session.issued += 1
    const text = `rt.${session.sid}.${session.issued}`
    const token = { text, session, parent, issuedAt: now(), spentAt: undefined }
    tokens.set(text, token)
    return token
  }

  function accepts({ session, spentAt }: IssuedToken): boolean {
    if (session.over) return false
    if (spentAt === undefined) return true
    return rotation.kind === "window" && now() - spentAt <= rotation.seconds
  }

  return {
    issuer,
    begin: (sid) => issue({ sid, over: undefined, issued: 0 }, undefined),
    find: (text) => tokens.get(text),
    refresh(text) {
      const token = tokens.get(text)
      if (!token) return undefined
      if (!accepts(token)) {
        if (rotation.kind === "detecting") token.session.over ??= "reuse"
        return undefined
      }
      token.spentAt ??= now()
      return issue(token.session, token)
    },
    end(session, how) {
      session.over ??= how
    },
    accepts,
  }
}

/** The access token that came with a refresh token. */
export function accessTokenOf({ text }: IssuedToken): string {
  return text.replace("rt.", "at.")
}
