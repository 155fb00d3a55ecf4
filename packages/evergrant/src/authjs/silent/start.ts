/** Starts the one silent sign-in: `GET <basePath>/evergrant/silent?returnTo=/page`. */
import { Auth, raw, skipCSRFCheck } from "@auth/core"
import { type Seconds, systemSurroundings, timedOut, withDeadline } from "../../clock.ts"
import { RequestError } from "../../errors.ts"
import type { SilentOffer } from "../../silent/offer.ts"
import type { Binding } from "../binding.ts"
import type { SessionCookie } from "../session-cookie.ts"
import { silentFailureCookie } from "../signed-out-flag.ts"
import type { Site } from "../site.ts"
import { isNavigation } from "./navigation.ts"
import { findOffered } from "./offered.ts"
import { readReturnPath } from "./return-path.ts"
import { silentCookie } from "./transaction.ts"

/** Seconds that the provider may take to tell where people sign in. */
const patience: Seconds = 5

/** An answer, and the cookies that go with it. */
export interface AnswerWithCookies {
  response: Response
  cookies: readonly SessionCookie[]
}

/**
 * Takes the offer and sends the browser to the provider. Where nothing is offered (any more) the browser goes straight
 * to its page, so that two tabs and a page that was reloaded end well.
 *
 * The offer is taken before anything is asked of the provider: whatever fails from then on, there is no second time.
 *
 * @throws {RequestError} `request_invalid`: `returnTo` is no path of this application. `cross_site`: no navigation.
 * @throws {StoreError} `store_unavailable`.
 */
export async function startSilentSignIn(
  binding: Binding,
  site: Site,
  request: Request,
): Promise<AnswerWithCookies> {
  const given = new URL(request.url).searchParams.get("returnTo") ?? "/"
  const returnTo = readReturnPath(given, site.origin, binding.config.basePath ?? "")
  if (returnTo === undefined) {
    throw new RequestError("request_invalid", 400, "returnTo must be the path of a page of this application.")
  }
  if (!isNavigation(request)) {
    throw new RequestError(
      "cross_site",
      403,
      "Refused: only a person who goes to a page is signed in silently.",
    )
  }
  const page = `${site.origin}${returnTo}`
  const cookie = request.headers.get("cookie") ?? ""
  const offered = await findOffered(binding, site.settings, cookie)
  const lost = offered && (await binding.evergrant.takeSilentOffer(offered.handle))
  if (!lost) return { response: redirect(page), cookies: [] }

  const { secure } = site.settings
  const asking = askProvider(binding, site, lost, page).catch(() => undefined)
  const asked = await withDeadline(systemSurroundings.scheduler, patience, asking)
  if (!asked || asked === timedOut) {
    const { loginId, provider } = lost
    binding.evergrant.report({ type: "silent.finished", loginId, provider, outcome: "failed" })
    return { response: redirect(page), cookies: [silentFailureCookie("rotation_lost", secure)] }
  }
  const own = await silentCookie(binding, { lost, returnTo }, asked.state, secure)
  return { response: redirect(asked.address), cookies: [...asked.cookies, own] }
}

/**
 * Lets Auth.js begin a sign-in as its own `signIn()` on the server does. PKCE, nonce and state are its own, as the
 * provider's `checks` ask for; where they ask for no state there is one all the same, to know the callback by.
 */
async function askProvider(
  { config }: Binding,
  { origin }: Site,
  { provider }: SilentOffer,
  callbackUrl: string,
): Promise<{ address: string; state: string; cookies: SessionCookie[] } | undefined> {
  const ownState = Buffer.from(systemSurroundings.random(32)).toString("base64url")
  const parameters = new URLSearchParams({ prompt: "none", state: ownState })
  const request = new Request(
    `${origin}${config.basePath ?? ""}/signin/${encodeURIComponent(provider)}?${parameters}`,
    { method: "POST", body: new URLSearchParams({ callbackUrl }) },
  )
  const answer = await Auth(request, { ...config, raw, skipCSRFCheck })
  if (answer instanceof Response || !answer.redirect) return undefined
  const { searchParams } = new URL(answer.redirect)
  const state = searchParams.get("state")
  if (searchParams.get("prompt") !== "none" || !state) return undefined
  const cookies = (answer.cookies ?? []).map(({ name, value, options }) => ({
    name,
    value,
    options: { ...options },
  }))
  return { address: answer.redirect, state, cookies }
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } })
}
