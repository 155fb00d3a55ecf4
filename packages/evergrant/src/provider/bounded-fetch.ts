/** `fetch` towards a provider: it ends in time, reads no more than a token response can need, follows nothing. */
import type { Fetch, Scheduler, Seconds } from "../clock.ts"

/** No token response, key set or metadata document comes near this. */
const largestBody = 1024 * 1024

/** The provider's answer broke a bound of ours. */
export class BoundedFetchError extends Error {
  override name = "BoundedFetchError"
  readonly why: "redirect" | "too_large" | "timeout"
  constructor(why: "redirect" | "too_large" | "timeout") {
    super(`The provider's answer was refused (${why}).`)
    this.why = why
  }
}

/**
 * Wraps `fetch`. The caller's own abort signal is ignored on purpose: a token request that was sent may have
 * rotated the refresh token already, and aborting it would lose the answer.
 */
export function createBoundedFetch(fetch: Fetch, scheduler: Scheduler, limit: Seconds): Fetch {
  return async (url, init) => {
    const abort = new AbortController()
    let expired = false
    const cancel = scheduler.after(limit, () => {
      expired = true
      abort.abort()
    })
    try {
      const response = await fetch(url, { ...init, redirect: "manual", signal: abort.signal })
      const redirected =
        response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)
      const body = redirected ? null : await readBounded(response)
      return new Response(body, { status: response.status || 302, headers: response.headers })
    } catch (error) {
      if (expired) throw new BoundedFetchError("timeout")
      throw error
    } finally {
      cancel()
    }
  }
}

async function readBounded(response: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!response.body) return null
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > largestBody) throw new BoundedFetchError("too_large")
    chunks.push(chunk)
  }
  // A response that must not have a body (204) refuses an empty one as well.
  return size === 0 ? null : Uint8Array.from(Buffer.concat(chunks))
}
