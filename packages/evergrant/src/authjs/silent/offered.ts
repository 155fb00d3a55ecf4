/** Where a browser can be signed in again silently, if it can. */
import type { SignedOutReason } from "../../errors.ts"
import type { SilentOffer } from "../../silent/offer.ts"
import type { Binding } from "../binding.ts"
import { readSessionToken } from "../database/session-token.ts"
import { isSilentCapable } from "../provider-config.ts"
import { type CookieSettings, handleOf, readSessionCookie } from "../session-cookie.ts"
import type { Site } from "../site.ts"
import { isNavigation } from "./navigation.ts"
import { readReturnPath } from "./return-path.ts"

/** A browser's session cookie, with the offer that it leads to. */
export interface Offered {
  handle: string
  offer: SilentOffer
}

/** Finds the offer of a browser. @throws {StoreError} `store_unavailable`. */
export async function findOffered(
  binding: Binding,
  settings: CookieSettings,
  cookieHeader: string,
): Promise<Offered | undefined> {
  if (binding.options.silentSignIn === false) return undefined
  const handle = await handleIn(binding, settings, cookieHeader)
  const offer = handle === undefined ? undefined : await binding.evergrant.findSilentOffer(handle)
  if (handle === undefined || !offer || !isSilentCapable(binding.config, offer.provider)) return undefined
  return { handle, offer }
}

/**
 * The path that starts the silent sign-in of a browser which is signed out; nothing if none is offered.
 *
 * @throws {StoreError} `store_unavailable`.
 */
export async function silentPath(
  binding: Binding,
  settings: CookieSettings,
  cookieHeader: string,
  reason: SignedOutReason,
): Promise<string | undefined> {
  if (reason !== "rotation_lost") return undefined
  const offered = await findOffered(binding, settings, cookieHeader)
  return offered && `${binding.config.basePath ?? ""}/evergrant/silent`
}

/** Where a person who goes to a page is sent, to come back to it signed in; nothing if the request is no such thing. */
export function silentDestination(
  { config }: Binding,
  { origin }: Site,
  request: Pick<Request, "method" | "headers" | "url">,
  path: string,
): string | undefined {
  if (!isNavigation(request)) return undefined
  const { pathname, search } = new URL(request.url)
  const returnTo = readReturnPath(pathname + search, origin, config.basePath ?? "")
  return returnTo && `${origin}${path}?${new URLSearchParams({ returnTo })}`
}

/** What leads to a login, whether it lives or not. */
async function handleIn(
  binding: Binding,
  settings: CookieSettings,
  cookieHeader: string,
): Promise<string | undefined> {
  if (binding.rows) return readSessionToken(settings, cookieHeader)
  const cookie = await readSessionCookie(binding.config, settings, cookieHeader)
  return cookie ? handleOf(cookie)?.handle : undefined
}
