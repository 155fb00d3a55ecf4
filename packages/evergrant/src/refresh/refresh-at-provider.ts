/** A refresh waits for its turn at the provider, and then for nothing if it turns out that the provider refuses all. */
import { admit, clientName } from "./breaker.ts"
import type { Parts } from "./parts.ts"
import { inTurn } from "./provider-queue.ts"
import type { RefreshOutcome, RefreshTarget } from "./refresh-target.ts"
import { runRefresh } from "./transaction.ts"

/** Runs the transaction when the provider may be asked. @throws {StoreError} */
export async function refreshAtProvider(parts: Parts, target: RefreshTarget): Promise<RefreshOutcome> {
  const provider = parts.provider(target.grant.provider)
  if (!provider) return runRefresh(parts, target)
  return inTurn(parts, clientName(provider), async () => {
    const admission = admit(parts, provider)
    if ("failure" in admission) return { status: "unavailable", ...admission }
    try {
      return await runRefresh(parts, target)
    } finally {
      admission.leave()
    }
  })
}
