/** The CSRF defence of Evergrant's own POSTs: a custom header, and the same origin. */
import { RequestError } from "../errors.ts"

/** A header that another site cannot send without a preflight that nobody answers. */
const requestHeader = "x-evergrant"

/**
 * Refuses a request from another site.
 *
 * `Origin` decides; without it `Sec-Fetch-Site` does; with neither the request is refused, because nothing tells
 * where it comes from.
 *
 * @param origin The application's own origin, as in `https://app.example`.
 * @throws {RequestError} `cross_site`, 403.
 */
export function requireSameOrigin(headers: Headers, origin: string): void {
  const from = headers.get("origin")
  const same = from === null ? headers.get("sec-fetch-site") === "same-origin" : from === origin
  if (!same || headers.get(requestHeader) !== "1") {
    throw new RequestError(
      "cross_site",
      403,
      `Refused: send the header "${requestHeader}: 1" from the application's own origin.`,
    )
  }
}
