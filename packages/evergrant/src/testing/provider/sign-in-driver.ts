/** Signs a user in by script: what a person with a browser does at the sign-in page. */
import { ProviderResponseError } from "../../errors.ts"
import { CookieJar } from "./cookie-jar.ts"

/** Whom to sign in, and where. */
export interface SignInOptions {
  /** The URL that the application would send the browser to. */
  authorizationUrl: string | URL
  username: string
  /** Default: the user name, as for users that were added without a password. */
  password?: string
  /** The cookies of the browser. Keep it to sign in silently or to sign out later. Default: a new one. */
  cookieJar?: CookieJar
}

const redirectLimit = 12

/**
 * Follows the authorization URL, fills in the sign-in form when there is one, and returns the URL at which the
 * application would receive the answer, errors such as `login_required` included. It is not fetched. Works with the
 * embedded provider and with the sign-in page of Keycloak.
 *
 * @throws {ProviderResponseError} `response_invalid`: the provider refused the user or answered with something else.
 */
export async function signInByScript(options: SignInOptions): Promise<string> {
  const { username, password = username, cookieJar = new CookieJar() } = options
  const { origin } = new URL(options.authorizationUrl)
  let url = new URL(options.authorizationUrl)
  let response = await cookieJar.fetch(url)
  let submitted = false
  for (let step = 0; step < redirectLimit; step += 1) {
    const location = response.headers.get("location")
    if (location !== null) {
      await response.body?.cancel()
      url = new URL(location, url)
      if (url.origin !== origin) return url.href
      response = await cookieJar.fetch(url)
      continue
    }
    const form = response.ok ? signInForm(await response.text(), url) : undefined
    if (!form) throw refused(`it answered ${response.status} without a sign-in form`)
    if (submitted) throw refused(`it showed the form again to "${username}"`)
    submitted = true
    url = form.action
    const fields = new URLSearchParams([...form.hidden, ["username", username], ["password", password]])
    response = await cookieJar.fetch(url, { method: "POST", body: fields })
  }
  throw refused("it redirected in circles")
}

function refused(what: string): ProviderResponseError {
  return new ProviderResponseError("response_invalid", `The provider did not sign the user in: ${what}.`)
}

interface SignInForm {
  action: URL
  hidden: [string, string][]
}

function signInForm(page: string, base: URL): SignInForm | undefined {
  for (const [form, attributes = ""] of page.matchAll(/<form\b([^>]*)>.*?<\/form>/gis)) {
    if (!/name="password"/i.test(form)) continue
    const hidden = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/gi)].map(
      ([input]): [string, string] => [attribute(input, "name") ?? "", attribute(input, "value") ?? ""],
    )
    return { action: new URL(attribute(attributes, "action") ?? base.href, base), hidden }
  }
  return undefined
}

function attribute(tag: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`, "i").exec(tag) ?? []
  return value
    ?.replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&")
}
