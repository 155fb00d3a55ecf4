/** Sends server-to-server requests to the private address of an issuer that only browsers reach by its name. */
import type { Fetch } from "../clock.ts"

/**
 * Wraps `fetch` so that every address below the issuer is asked for below `serverAddress`. The issuer's host
 * travels along in `X-Forwarded-*`, because a provider that builds its answer from the request's host would
 * otherwise name itself by the private address.
 */
export function rewriteToServerAddress(
  config: { issuer: string; serverAddress?: string },
  fetch: Fetch,
): Fetch {
  if (!config.serverAddress) return fetch
  const issuer = new URL(config.issuer)
  const from = withoutSlash(config.issuer)
  const to = withoutSlash(config.serverAddress)
  return (url, init) => {
    if (url !== from && !url.startsWith(`${from}/`)) return fetch(url, init)
    const headers = new Headers(init?.headers ?? {})
    headers.set("x-forwarded-host", issuer.host)
    headers.set("x-forwarded-proto", issuer.protocol.slice(0, -1))
    return fetch(to + url.slice(from.length), { ...init, headers })
  }
}

function withoutSlash(address: string): string {
  return address.endsWith("/") ? address.slice(0, -1) : address
}
