/**
 * The cookies of one browser, as far as sign-in by script needs them. As in a browser, ports do not separate
 * cookies, and `http://localhost` counts as secure: Keycloak marks its cookies `Secure` there and wants them back.
 */
import type { CookieJarLike } from "./test-provider.ts"

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  /** Whether hosts below `host` get it too. */
  readonly forSubdomains: boolean
  readonly path: string
  readonly secure: boolean
  /** Milliseconds since the epoch; infinite for a cookie of the browser session. */
  readonly expiresAtMs: number
}

/** A jar that can also be looked into. */
export class CookieJar implements CookieJarLike {
  readonly #cookies = new Map<string, Cookie>()

  header(url: string): string {
    return this.#sentTo(new URL(url))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ")
  }

  store(url: string, setCookies: string[]): void {
    const source = new URL(url)
    for (const line of setCookies) {
      const cookie = parse(line, source)
      if (!cookie) continue
      const key = `${cookie.host};${cookie.path};${cookie.name}`
      this.#cookies.delete(key)
      if (cookie.expiresAtMs > Date.now()) this.#cookies.set(key, cookie)
    }
  }

  /** The value of the cookie `name` that a request to `url` would carry. */
  get(url: string, name: string): string | undefined {
    return this.#sentTo(new URL(url)).find((cookie) => cookie.name === name)?.value
  }

  /** A second browser that starts with the same cookies: an old tab, or a stolen jar. */
  copy(): CookieJar {
    const copy = new CookieJar()
    for (const [key, cookie] of this.#cookies) copy.#cookies.set(key, cookie)
    return copy
  }

  #sentTo(url: URL): Cookie[] {
    const trusted = url.protocol === "https:" || isLoopback(url.hostname)
    return [...this.#cookies.values()]
      .filter(
        (cookie) =>
          (cookie.host === url.hostname ||
            (cookie.forSubdomains && url.hostname.endsWith(`.${cookie.host}`))) &&
          matchesPath(url.pathname, cookie.path) &&
          (trusted || !cookie.secure) &&
          cookie.expiresAtMs > Date.now(),
      )
      .sort((a, b) => b.path.length - a.path.length)
  }
}

function parse(line: string, source: URL): Cookie | undefined {
  const [pair = "", ...attributeParts] = line.split(";")
  const [name, value] = split(pair)
  if (!name) return undefined
  const attributes = new Map(
    attributeParts.map((part) => {
      const [key, content] = split(part)
      return [key.toLowerCase(), content] as const
    }),
  )
  const domain = attributes.get("domain")?.replace(/^\./, "").toLowerCase()
  const path = attributes.get("path")
  return {
    name,
    value,
    host: domain || source.hostname,
    forSubdomains: Boolean(domain),
    path: path?.startsWith("/") ? path : source.pathname.replace(/\/[^/]*$/, "") || "/",
    secure: attributes.has("secure"),
    expiresAtMs: expiry(attributes.get("max-age"), attributes.get("expires")),
  }
}

function split(part: string): [string, string] {
  const at = part.indexOf("=")
  return at < 0 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
}

function expiry(maxAge: string | undefined, expires: string | undefined): number {
  if (maxAge) return Date.now() + Number(maxAge) * 1000
  if (expires) return Date.parse(expires)
  return Number.POSITIVE_INFINITY
}

function matchesPath(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`)
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "127.0.0.1" || host === "[::1]"
}
