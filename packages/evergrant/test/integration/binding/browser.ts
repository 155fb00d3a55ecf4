/** A browser around the route handlers: cookies, the CSRF token, and the provider's form, without any server. */
import { NextRequest } from "next/server.js"
import { CookieJar } from "../../providers/cookie-jar.ts"
import type { TestProvider } from "../../providers/test-provider.ts"

/** What `app/api/auth/[...nextauth]/route.ts` exports. */
export interface Handlers {
  GET: (request: NextRequest) => Promise<Response>
  POST: (request: NextRequest) => Promise<Response>
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly setCookies: readonly string[]
  readonly location: string
}

/** The name that Auth.js gives the session cookie of a site without TLS. */
export const sessionCookie: string = "authjs.session-token"

export class Browser {
  readonly handlers: Handlers
  readonly origin: string
  readonly jar: CookieJar
  /** Every answer so far: whatever must not reach a browser must be in none of them. */
  readonly answers: Answer[] = []

  constructor(handlers: Handlers, origin: string, jar: CookieJar = new CookieJar()) {
    this.handlers = handlers
    this.origin = origin
    this.jar = jar
  }

  /** Another browser with the same cookies: an old tab, or a stolen jar. */
  copy(): Browser {
    return new Browser(this.handlers, this.origin, this.jar.copy())
  }

  get cookieHeader(): string {
    return this.jar.header(`${this.origin}/api/auth/session`)
  }

  get sessionValue(): string | undefined {
    return this.jar.get(`${this.origin}/`, sessionCookie)
  }

  /** The request that this browser would send. */
  request(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: BodyInit } = {},
  ): NextRequest {
    const url = new URL(path, this.origin)
    const headers = new Headers({ host: url.host, "x-forwarded-proto": url.protocol.slice(0, -1) })
    const cookie = this.jar.header(url.href)
    if (cookie) headers.set("cookie", cookie)
    for (const [name, value] of Object.entries(init.headers ?? {})) headers.set(name, value)
    return standIn(
      new NextRequest(url, {
        method: init.method ?? "GET",
        headers,
        ...(init.body === undefined ? {} : { body: init.body, duplex: "half" }),
      }),
    )
  }

  /** Sends a request to the route handlers and keeps the cookies that they set. */
  async send(request: NextRequest): Promise<Answer> {
    const handler = request.method === "POST" ? this.handlers.POST : this.handlers.GET
    return this.keep(request.url, await handler(request))
  }

  /** Keeps the cookies of an answer that came another way, and reads it. */
  async keep(url: string, response: Response): Promise<Answer> {
    const setCookies = response.headers.getSetCookie()
    this.jar.store(url, setCookies)
    const answer = {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      setCookies,
      location: response.headers.get("location") ?? "",
    }
    this.answers.push(answer)
    return answer
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(this.request(path, { headers }))
  }

  /** As a form of Auth.js is sent, or a `fetch` of `next-auth/react`. */
  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(
      this.request(path, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    )
  }

  postJson(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(
      this.request(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    )
  }

  /** As the React hook calls Evergrant's own routes. */
  postOwn(route: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const own = { "x-evergrant": "1", origin: this.origin, ...headers }
    return this.postJson(`/api/auth/evergrant/${route}`, body, own)
  }

  async csrfToken(): Promise<string> {
    const answer = await this.get("/api/auth/csrf")
    return (JSON.parse(answer.text) as { csrfToken: string }).csrfToken
  }

  /** Starts a sign-in and returns the provider's address. */
  async startSignIn(id = "oidc"): Promise<Answer> {
    return this.post(`/api/auth/signin/${id}`, { csrfToken: await this.csrfToken(), callbackUrl: "/" })
  }

  /** Signs in by the provider's form, up to the answer of the callback. */
  async signIn(provider: TestProvider, username = "alice", id = "oidc"): Promise<Answer> {
    const started = await this.startSignIn(id)
    const callback = await provider.signIn(
      started.location,
      username,
      this.jar,
      `${this.origin}/api/auth/callback/`,
    )
    return this.get(callback)
  }

  /** What `useSession().update(data)` sends. */
  async update(data: unknown = {}): Promise<Answer> {
    return this.postJson("/api/auth/session", { csrfToken: await this.csrfToken(), data })
  }

  async signOut(): Promise<Answer> {
    return this.post("/api/auth/signout", { csrfToken: await this.csrfToken(), callbackUrl: "/" })
  }

  /** The session as `useSession()` gets it. */
  async session(): Promise<SessionJson | null> {
    const answer = await this.get("/api/auth/session")
    if (answer.status !== 200) throw new Error(`GET /session answered ${answer.status}.`)
    return JSON.parse(answer.text) as SessionJson | null
  }
}

/** What Next hands to a route: it looks like the request, and cannot be copied as a whole. */
function standIn(request: NextRequest): NextRequest {
  return new Proxy(request, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === "function" ? member.bind(target) : member
    },
  })
}

/** The session as JSON. */
export interface SessionJson {
  user: { id: string; name: string | null; email: string | null; image: string | null }
  expires: string
  claims: Record<string, unknown>
  data: Record<string, unknown>
  grants: { provider: string; generation: number; expiresAt: number; sessionExpiresAt: number | null }[]
  version: number
  [added: string]: unknown
}
