/** A refresh that failed for now: nobody is signed out, and the next attempt waits. */
import type { RefreshFailure } from "../provider/failure.ts"
import type { StoredGrant } from "../store/records.ts"
import { noteFailure } from "./backoff.ts"
import type { Parts } from "./parts.ts"
import { grantName, type RefreshOutcome } from "./refresh-target.ts"

/** Notes the failure and tells it. */
export function noteUnavailable(parts: Parts, grant: StoredGrant, failure: RefreshFailure): RefreshOutcome {
  const retryAt = noteFailure(grantName(parts, grant), parts.surroundings, failure.retryAfter)
  const about = { provider: grant.provider, code: failure.code }
  if (failure.kind === "configuration") {
    const remedy = `Check client id, secret and authentication method of provider "${grant.provider}"; refreshing resumes by itself.`
    parts.emit({ type: "provider.misconfigured", ...about, remedy, retryAt })
  } else {
    parts.emit({ type: "refresh.failed", ...about, loginId: grant.loginId, kind: "transient", retryAt })
  }
  return { status: "unavailable", retryAt, failure }
}
