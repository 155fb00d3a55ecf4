/** Walks through a provider's sign-in pages as a browser would, without one. */
import { readForm, readText } from "./form-page.ts"
import type { CookieJarLike } from "./test-provider.ts"

/** Sign-in, consent and a few redirects between them; more is a loop. */
const longestWalk = 15

/** What {@link signInByForm} takes. */
export interface SignInByFormOptions {
  /** Where to begin, usually the authorization URL. */
  readonly startAt: string
  /** The walk ends at the first redirect to a URL with this beginning. That URL is not fetched. */
  readonly stopAt: string
  readonly jar: CookieJarLike
  /** What the user types: given the fields of a form, returns those to set. */
  readonly fill: (fields: URLSearchParams) => Readonly<Record<string, string>>
}

/**
 * Follows redirects and sends forms until a redirect leads to `stopAt`.
 *
 * @throws {Error} The walk ended on a page without a form, or came to the same form again (a wrong password).
 */
export async function signInByForm(options: SignInByFormOptions): Promise<string> {
  const { jar, stopAt } = options
  let request = new Request(options.startAt, { headers: cookies(jar, options.startAt) })
  let sent: string | undefined
  for (let step = 0; step < longestWalk; step += 1) {
    const { url } = request
    const response = await fetch(request, { redirect: "manual" })
    jar.store(url, response.headers.getSetCookie())
    const html = await response.text()
    const location = response.headers.get("location")
    if (location) {
      const next = new URL(location, url).href
      if (next.startsWith(stopAt)) return next
      request = new Request(next, { headers: cookies(jar, next) })
      continue
    }
    const form = readForm(html, url)
    const names = form && [...form.fields.keys()].sort().join()
    if (!form || names === sent) {
      throw new Error(`The sign-in stopped at ${url} with ${response.status}: ${readText(html)}`)
    }
    sent = names
    for (const [name, value] of Object.entries(options.fill(form.fields))) form.fields.set(name, value)
    request = new Request(form.action, {
      method: "POST",
      body: form.fields,
      headers: cookies(jar, form.action),
    })
  }
  throw new Error(`The sign-in did not reach ${stopAt} within ${longestWalk} steps.`)
}

function cookies(jar: CookieJarLike, url: string): Record<string, string> {
  const header = jar.header(url)
  return header ? { cookie: header } : {}
}
