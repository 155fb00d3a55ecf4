/** A refresh that failed for now: nobody is signed out, and the next attempt waits. */
import { isConfigurationFault, type RefreshFailure } from "../provider/failure.ts"
import type { StoredGrant } from "../store/records.ts"
import { noteFailure } from "./backoff.ts"
import { noteRefusal, tellMisconfigured } from "./breaker.ts"
import type { Parts } from "./parts.ts"
import { grantName, type RefreshOutcome } from "./refresh-target.ts"

/** Notes the failure and tells it: once for all grants of the client, if it is the client's. */
export function noteUnavailable(parts: Parts, grant: StoredGrant, failure: RefreshFailure): RefreshOutcome {
  const provider = failure.everyGrant && parts.provider(grant.provider)
  const retryAt = provider
    ? noteRefusal(parts, provider, failure)
    : noteFailure(grantName(parts, grant), parts.surroundings, failure.retryAfter)
  if (!isConfigurationFault(failure)) {
    const about = { loginId: grant.loginId, provider: grant.provider, code: failure.code }
    parts.emit({ type: "refresh.failed", ...about, kind: "transient", retryAt })
  } else if (!provider) {
    tellMisconfigured(parts, grant.provider, failure, retryAt)
  }
  return { status: "unavailable", retryAt, failure }
}
