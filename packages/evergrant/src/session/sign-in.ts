/** What a binding tells of a sign-in, and what it gets back. */
import type { Seconds } from "../clock.ts"
import type { SignInAccount } from "./first-grant.ts"

export interface SignIn {
  /** The application's user: keys the data, so it must be the same at the next sign-in. */
  user: { id: string; name?: string | null; email?: string | null }
  account: SignInAccount
  /** What the application's `jwt` callback made of the token. */
  token: Record<string, unknown>
  /** Seconds that the session cookie lives. */
  maxAge: Seconds
  /** The login that this browser had before. */
  previous?: {
    handle: string
    /** Whether an account that the login does not hold yet is added to it. Otherwise the login is replaced. */
    link: boolean
  }
  /**
   * The handle of the new login: the token of a session row, or one that an older cookie implies already. Default:
   * a new random one.
   */
  handle?: string
  /** Whether the handle is the token of a session row, which ends with the login. Default `false`. */
  sessionRow?: boolean
}

/** What became of a sign-in. */
export interface StartedLogin {
  /** For the cookie. */
  handle: string
  /** `true`: the account was added to the login that was there; user and login id are the same as before. */
  linked: boolean
}
