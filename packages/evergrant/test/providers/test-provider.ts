/** The provider as an integration suite sees it, whichever one it is: the same scenarios run against each. */

/** The cookies of one browser. */
export interface CookieJarLike {
  /** The `Cookie` header for a request to `url`; an empty string when there is none to send. */
  header(url: string): string
  /** Takes the `Set-Cookie` headers of the answer from `url`. */
  store(url: string, setCookies: string[]): void
}

/** How long things live at the provider, in seconds. What is left out stays as it is. */
export interface ProviderLifetimes {
  accessToken?: number
  /** The longest time between two refreshes. */
  ssoIdle?: number
  /** The longest life of a session, whatever happens. */
  ssoMax?: number
}

/** How many refresh grants the provider itself counted. */
export interface RefreshCount {
  succeeded: number
  refused: number
}

/** A realm (or its like) of one suite's own, with one client and the users alice and bob (password = name). */
export interface TestProvider {
  readonly kind: "embedded" | "keycloak"
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /**
   * Signs in by script: goes to the authorization URL, fills in the form and follows the redirects, until one
   * leads to a URL that starts with `stopAt`. That URL is returned and not fetched. Where the provider shows no
   * form (the jar holds its session, or `prompt=none`), the redirects are just followed.
   */
  signIn(authorizationUrl: string, username: string, jar: CookieJarLike, stopAt: string): Promise<string>
  /** Changes the given user attributes and no others; `null` removes one. `plan` is a claim of that name. */
  setAttributes(username: string, attributes: Record<string, unknown>): Promise<void>
  setProfile(
    username: string,
    profile: { givenName?: string; familyName?: string; email?: string },
  ): Promise<void>
  /** Makes these the user's only realm roles. */
  setRoles(username: string, roles: string[]): Promise<void>
  setEnabled(username: string, enabled: boolean): Promise<void>
  setLifetimes(lifetimes: ProviderLifetimes): Promise<void>
  /** `strict`: a refresh token is good for one use, and a second use ends the grant. `reuse`: it is good for two. */
  setRotation(mode: "strict" | "reuse" | "off"): Promise<void>
  /** What the provider counted since it was made or {@link resetCounters} was called. */
  refreshes(): Promise<RefreshCount>
  resetCounters(): Promise<void>
  /** Ends every session of the user at the provider, as an administrator does. */
  endSessions(username: string): Promise<void>
  /** Changes the secret at the provider alone; {@link clientSecret} stays what the application holds. */
  setClientSecretAtProvider(secret: string): Promise<void>
  /** Removes the realm. */
  close(): Promise<void>
}
