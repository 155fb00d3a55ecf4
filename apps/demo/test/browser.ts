/** A browser without a window: one person's cookies, links and forms, and no JavaScript. */
import { CookieJar } from "../../../packages/evergrant/test/providers/cookie-jar.ts"
import { readForm } from "../../../packages/evergrant/test/providers/form-page.ts"
import type { TestProvider } from "../../../packages/evergrant/test/providers/test-provider.ts"

/** A page as it was answered. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly html: string
}

/** An answer of a JSON route. */
export interface JsonAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

const longestWalk = 8

/** One browser, looking at one application. */
export class Browser {
  readonly app: string
  readonly jar: CookieJar

  /** @param app The application's origin. */
  constructor(app: string, jar: CookieJar = new CookieJar()) {
    this.app = app
    this.jar = jar
  }

  /** A second browser with the same cookies, as a thief would have. */
  copy(): Browser {
    return new Browser(this.app, this.jar.copy())
  }

  /** One request with the cookies of this browser. Redirects are not followed. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.app).href
    const headers = new Headers(init.headers)
    const cookie = this.jar.header(url)
    if (cookie) headers.set("cookie", cookie)
    const answer = await fetch(url, { ...init, headers, redirect: "manual" })
    this.jar.store(url, answer.headers.getSetCookie())
    return answer
  }

  /** Goes to a page, following redirects as long as they stay in the application. */
  async open(path: string, init: RequestInit = {}): Promise<Page> {
    let url = new URL(path, this.app)
    let request = init
    for (let step = 0; step < longestWalk; step += 1) {
      const headers = { accept: "text/html", ...request.headers }
      const answer = await this.request(url.href, { ...request, headers })
      const html = await answer.text()
      const location = answer.headers.get("location")
      const next = location === null ? undefined : new URL(location, url)
      if (!next || next.origin !== new URL(this.app).origin) {
        return { url: next?.href ?? url.href, status: answer.status, headers: answer.headers, html }
      }
      url = next
      request = {}
    }
    throw new Error(`The application redirects in circles at ${url.href}.`)
  }

  /** Sends the form of a page that contains this text, usually the label of its button. */
  async submit(page: Page, text: string, typed: Readonly<Record<string, string>> = {}): Promise<Page> {
    const markup = [...page.html.matchAll(/<form\b[\s\S]*?<\/form>/gi)].find(([one]) =>
      one.includes(text),
    )?.[0]
    const form = markup === undefined ? undefined : readForm(markup, page.url)
    if (!form) throw new Error(`There is no form with "${text}" at ${page.url}.`)
    const body = new FormData()
    for (const [name, value] of [...form.fields, ...Object.entries(typed)]) body.set(name, value)
    return await this.open(form.action, { method: "POST", body, headers: { origin: this.app } })
  }

  async getJson(path: string): Promise<JsonAnswer> {
    return toJson(await this.request(path))
  }

  /** Posts as the application's own script does: same origin, with the header of Evergrant. */
  async postJson(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<JsonAnswer> {
    const type = body === undefined ? {} : { "content-type": "application/json" }
    return toJson(
      await this.request(path, {
        method: "POST",
        headers: { origin: this.app, "x-evergrant": "1", ...type, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }

  /** Posts a form of Auth.js, with its CSRF token. */
  async postAuthForm(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    const { body } = await this.getJson("/api/auth/csrf")
    return await this.request(path, {
      method: "POST",
      body: new URLSearchParams({ csrfToken: String(body.csrfToken), ...fields }),
    })
  }

  /**
   * Signs in at the provider, Keycloak or the embedded one, and comes back.
   *
   * @param id The provider's id in the application.
   */
  async signIn(provider: TestProvider, username: string, id = "oidc"): Promise<Page> {
    const start = await this.postAuthForm(`/api/auth/signin/${id}`, { callbackUrl: "/" })
    return await this.comeBack(provider, username, start.headers.get("location") ?? "", id)
  }

  /** Goes on from the provider's authorization URL. */
  async comeBack(
    provider: TestProvider,
    username: string,
    authorizationUrl: string,
    id = "oidc",
  ): Promise<Page> {
    const callback = `${this.app}/api/auth/callback/${id}`
    return await this.open(await provider.signIn(authorizationUrl, username, this.jar, callback))
  }

  /** Signs out by Auth.js's own form, and looks at the landing page. */
  async signOut(): Promise<Page> {
    const answer = await this.postAuthForm("/api/auth/signout", { callbackUrl: "/" })
    return await this.open(answer.headers.get("location") ?? "/")
  }
}

/** The text of the element with this `data-testid`. */
export function textOf({ html }: Page, testId: string): string | undefined {
  const [, text] = new RegExp(`<[^>]*data-testid="${testId}"[^>]*>([^<]*)`).exec(html) ?? []
  return text
}

async function toJson(answer: Response): Promise<JsonAnswer> {
  const text = await answer.text()
  const body: unknown = text.startsWith("{") ? JSON.parse(text) : {}
  return { status: answer.status, headers: answer.headers, body: body as Record<string, unknown> }
}
