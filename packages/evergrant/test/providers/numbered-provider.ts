/**
 * A provider that numbers its tokens: `refresh alice 7` gives `access alice 8` and `refresh alice 8`. Strict: only
 * the newest refresh token of a session is good. What a row holds then tells how old it is. It is a function, to be
 * injected as `fetch` or to be put behind a server.
 */
import type { SignInAccount } from "../../src/session/first-grant.ts"

export interface NumberedProvider {
  readonly issuer: string
  /** Answers a request, or throws for an address that is none of its own. */
  answer(url: string, form: URLSearchParams): Response
  /** The account of a sign-in: the first pair of a new session. */
  begin(session: string, providerAccountId: string): SignInAccount & { access_token: string }
  /** How many refreshes succeeded, and how many were refused. */
  readonly refreshes: { succeeded: number; refused: number }
}

/** The pair of a number. */
export interface NumberedTokens {
  access_token: string
  refresh_token: string
}

/** Seconds. Long: whoever wants a refresh forces it. */
const accessTokenLife = 3600

/** @param padding Characters that make a token as long as a real one. */
export function createNumberedProvider(issuer: string, padding: number = 0): NumberedProvider {
  const newest = new Map<string, number>()
  const refreshes = { succeeded: 0, refused: 0 }
  const tail = padding > 0 ? ` ${"x".repeat(padding)}` : ""

  function issue(session: string): NumberedTokens & { expires_in: number; token_type: string } {
    const number = (newest.get(session) ?? 0) + 1
    newest.set(session, number)
    return {
      access_token: `access ${session} ${number}${tail}`,
      refresh_token: `refresh ${session} ${number}${tail}`,
      expires_in: accessTokenLife,
      token_type: "bearer",
    }
  }

  function refresh(token: string): Response {
    const numbered = readNumbered(token)
    if (!numbered || newest.get(numbered.session) !== numbered.number) {
      refreshes.refused += 1
      return Response.json({ error: "invalid_grant" }, { status: 400 })
    }
    refreshes.succeeded += 1
    return Response.json(issue(numbered.session))
  }

  return {
    issuer,
    refreshes,
    begin: (session, providerAccountId) => ({ ...issue(session), provider: "oidc", providerAccountId }),
    answer(url, form) {
      if (url === `${issuer}/.well-known/openid-configuration`) {
        return Response.json({ issuer, token_endpoint: `${issuer}/token` })
      }
      if (url === `${issuer}/token`) return refresh(form.get("refresh_token") ?? "")
      return Response.json({ error: "not_found" }, { status: 404 })
    },
  }
}

/** The session and the number of a token; nothing for another text. */
export function readNumbered(token: unknown): { session: string; number: number } | undefined {
  const [, session, number] = /^(?:access|refresh) (\S+) (\d+)(?: x*)?$/.exec(String(token)) ?? []
  return session === undefined ? undefined : { session, number: Number(number) }
}
