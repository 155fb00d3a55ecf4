/** One refresh token, several access tokens: within the process their refreshes run one after the other. */
import { processWide } from "../process-wide.ts"
import { notBefore } from "./backoff.ts"
import type { Parts } from "./parts.ts"
import { refreshAtProvider } from "./refresh-at-provider.ts"
import { grantName, type RefreshOutcome, type RefreshTarget } from "./refresh-target.ts"

const turns = (): Map<string, Promise<unknown>> => processWide("turns", () => new Map())

/**
 * Runs a refresh after all others of the grant that were asked for before. Each of them reads what the last one has
 * stored, so that no refresh token is spent twice.
 *
 * @throws {StoreError}
 */
export function takeTurn(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const key = grantName(parts, target.grant)
  const before = turns().get(key)
  const next = () => runUnlessPaused(parts, target)
  const result = before ? before.then(next, next) : next()
  turns().set(key, result)
  const leave = () => {
    if (turns().get(key) === result) turns().delete(key)
  }
  result.then(leave, leave)
  return result
}

/** Who waited while the provider turned out to be down, or comes just then, need not find that out once more. */
async function runUnlessPaused(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const retryAt = notBefore(grantName(parts, target.grant))
  if (target.forced || retryAt === undefined || retryAt <= parts.surroundings.clock.now()) {
    return refreshAtProvider(parts, target)
  }
  return {
    status: "unavailable",
    retryAt,
    failure: { kind: "transient", code: "paused", ambiguous: false },
  }
}
