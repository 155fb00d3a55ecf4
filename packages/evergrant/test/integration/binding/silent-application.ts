/** An application whose rotations can be lost, and a person who goes to its pages, in either strategy. */
import type { TestDatabase } from "../../databases/test-database.ts"
import type { TestProvider } from "../../providers/test-provider.ts"
import {
  type Application,
  type ApplicationOptions,
  appUrl,
  createApplication,
  type TokenAnswer,
} from "./application.ts"
import type { Answer, Browser } from "./browser.ts"
import { losingProvider } from "./losing-provider.ts"

/** How a browser asks for a page. */
export const navigation: Record<string, string> = {
  accept: "text/html",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
}

export interface SilentApplication extends Application {
  database: TestDatabase | undefined
  /**
   * Signs users in, each in a browser of its own, and loses the answer to the next rotation of each. Their next request
   * but one is told `rotation_lost`. All at once: the library waits for ten seconds, lest another process has the answer.
   */
  lose(...usernames: string[]): Promise<LostLogin[]>
  /** Does the same where the provider lets a spent token be used once more. Returns how many go on. */
  survive(...usernames: string[]): Promise<number>
  /** Goes to a page through the proxy, to the provider and back if it is sent there. */
  goTo(browser: Browser, path: string): Promise<Visit>
  /** What is said of the silent sign-in of a login. */
  outcomes(lost: LostLogin): unknown[]
  close(): Promise<void>
}

/** A browser whose login was lost. */
export interface LostLogin {
  browser: Browser
  loginId: string
  /** The application's user. */
  user: string
  /** Of the sign-in: it names the provider's session. */
  idToken: string
}

export interface Visit {
  /** Every address on the way. */
  trail: string[]
  /** The answer of the proxy for the page itself. */
  page: Response
}

/**
 * Makes one: on a database its sessions are rows there, without one they are tokens.
 *
 * @param changes To the provider's config.
 */
export function createSilentApplication(
  provider: TestProvider,
  database?: TestDatabase,
  { evergrant = {}, ...options }: ApplicationOptions = {},
  changes: object = {},
): SilentApplication {
  const tokens: TokenAnswer[] = []
  const { config, loseNext } = losingProvider(provider, tokens, changes)
  const rows = database && { adapter: database.adapter, session: { strategy: "database" as const } }
  const app = createApplication(provider, {
    providers: [config],
    ...rows,
    ...options,
    evergrant: { ...(database ? { accounts: database.writer } : {}), ...evergrant },
  })

  async function signInAndLose(username: string): Promise<LostLogin> {
    const browser = app.browser()
    await browser.signIn(provider, username)
    const started = app.events.findLast((event) => event.type === "session.started")
    const idToken = tokens.at(-1)?.id_token
    if (started?.type !== "session.started" || !idToken) throw new Error("The sign-in has failed.")
    loseNext()
    const { status, text } = await browser.postOwn("refresh", {})
    if (status !== 503) throw new Error(`The lost answer was answered with ${status} ${text}`)
    return { browser, idToken, loginId: started.loginId, user: started.user }
  }

  return {
    ...app,
    database,

    async lose(...usernames) {
      const lost: LostLogin[] = []
      for (const username of usernames) lost.push(await signInAndLose(username))
      await Promise.all(lost.map(({ browser }) => toldOnce(browser)))
      return lost
    },

    async survive(...usernames) {
      const hit: LostLogin[] = []
      for (const username of usernames) hit.push(await signInAndLose(username))
      const answers = await Promise.all(hit.map(({ browser }) => settledAnswer(browser)))
      return answers.filter(({ status }) => status === 200).length
    },

    outcomes: ({ loginId }) =>
      app.events.filter((event) => event.type === "silent.finished" && event.loginId === loginId),

    goTo: (browser, path) => goTo(app, provider, browser, path),

    async close() {
      await app.result.close()
      await database?.close()
    },
  }
}

/** A lost rotation must end in the reason for it. */
async function toldOnce(browser: Browser): Promise<void> {
  const { status, text } = await settledAnswer(browser)
  if (status === 401 && JSON.parse(text).reason === "rotation_lost") return
  throw new Error(`The lost rotation was answered with ${status} ${text}`)
}

/** Asks for a refresh until the answer is not "come again" any more. */
async function settledAnswer(browser: Browser): Promise<Answer> {
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const answer = await browser.postOwn("refresh", {})
    if (answer.status !== 503) return answer
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error("A lost answer was not settled within 30 seconds.")
}

async function goTo(
  app: Application,
  provider: TestProvider,
  browser: Browser,
  path: string,
): Promise<Visit> {
  const trail: string[] = []
  for (let address = new URL(path, appUrl); trail.length < 8; ) {
    trail.push(address.href)
    const request = browser.request(address.href, { headers: navigation })
    if (!address.pathname.startsWith("/api/auth/")) {
      const page = await app.result.auth(request)
      const { location } = await browser.keep(address.href, page.clone())
      if (!location) return { trail, page }
      address = new URL(location)
      continue
    }
    const { location } = await browser.send(request)
    // There is nobody of this name: a sign-in that asks for one ends here.
    address = location.startsWith(appUrl)
      ? new URL(location)
      : new URL(await provider.signIn(location, "nobody", browser.jar, `${appUrl}/api/auth/callback/`))
  }
  throw new Error(`The application redirects in circles:\n${trail.join("\n")}`)
}

/** What the session route says. */
export async function told(browser: Browser): Promise<Record<string, unknown>> {
  const { text } = await browser.get("/api/auth/evergrant/session")
  return JSON.parse(text) as Record<string, unknown>
}

/** The note for the page on which a browser lands. */
export function noteOf(browser: Browser): string | undefined {
  return browser.jar.get(`${appUrl}/`, "evergrant.signed-out")
}

/** Starts the silent sign-in as a person who follows the proxy's redirect. */
export function start(browser: Browser, returnTo = "/page"): Promise<Answer> {
  return browser.get(`/api/auth/evergrant/silent?${new URLSearchParams({ returnTo })}`, navigation)
}
