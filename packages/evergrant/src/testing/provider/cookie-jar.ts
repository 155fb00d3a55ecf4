/** The cookies of one pretended browser. */
interface Cookie {
  name: string
  value: string
  path: string
}

/**
 * Keeps cookies as a browser does, as far as tests on localhost need it: by host **and port** (so that two
 * applications on localhost stay apart), path, `Max-Age` and `Expires`.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Map<string, Cookie>>()

  /** The value of the `Cookie` header for a request to `url`; empty when there is none. */
  header(url: string | URL): string {
    const { host, pathname } = new URL(url)
    return [...(this.#cookies.get(host)?.values() ?? [])]
      .filter(({ path }) => pathMatches(pathname, path))
      .toSorted((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ")
  }

  /** The value of one cookie that would go to `url`. */
  get(url: string | URL, name: string): string | undefined {
    const { host, pathname } = new URL(url)
    const cookies = [...(this.#cookies.get(host)?.values() ?? [])]
    return cookies.find((cookie) => cookie.name === name && pathMatches(pathname, cookie.path))?.value
  }

  /** Takes the `Set-Cookie` headers of an answer from `url`. */
  store(url: string | URL, response: Response): void {
    for (const line of response.headers.getSetCookie()) this.set(url, line)
  }

  /** Takes one `Set-Cookie` line. */
  set(url: string | URL, line: string): void {
    const { host, pathname } = new URL(url)
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim())
    const [name, value] = splitOnce(pair)
    const options = new Map(attributes.map(splitOnce).map(([key, text]) => [key.toLowerCase(), text]))
    const path = options.get("path")?.startsWith("/") ? (options.get("path") ?? "/") : defaultPath(pathname)
    const cookies = this.#cookies.get(host) ?? new Map<string, Cookie>()
    this.#cookies.set(host, cookies)
    const key = `${name};${path}`
    if (isOver(options)) cookies.delete(key)
    else cookies.set(key, { name, value, path })
  }

  /** Forgets everything, as a closed private window does. */
  clear(): void {
    this.#cookies.clear()
  }

  /** Fetches with the cookies of this jar and keeps the new ones. Redirects are not followed. */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = this.header(url)
    if (cookie) headers.set("cookie", cookie)
    const response = await fetch(url, { ...init, headers, redirect: "manual" })
    this.store(url, response)
    return response
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("=")
  return at === -1 ? [text, ""] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function isOver(options: ReadonlyMap<string, string>): boolean {
  const maxAge = options.get("max-age")
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = options.get("expires")
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

function pathMatches(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`)
}

function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf("/")))
}
