/** Before a token is spent: somebody else may have spent it already, and be about to write down what came of it. */
import { type Seconds, sleep } from "../clock.ts"
import { processWide } from "../process-wide.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { StoredGrant } from "../store/records.ts"
import type { Parts } from "./parts.ts"
import { readGrant } from "./read-grant.ts"
import type { RefreshTarget } from "./refresh-target.ts"

/**
 * Seconds that a holder gets whose lease has run out. One that kept its tokens through an outage of the store writes
 * them within a second of its end (`unsaved.ts`).
 */
const grace: Seconds = 1

/** Names a refresh, and by its beginning the process that runs it. */
export function newOwner({ vault }: Parts): string {
  return `${thisProcess(vault)}.${vault.newId("ow")}`
}

/**
 * Reads the grant. If another process has noted that it spends the token held now, it is given time to store what it
 * received: a second under the lease; without one, what the lease would have given it.
 *
 * @throws {StoreError}
 */
export async function readAfterHolder(
  parts: Parts,
  store: GrantStore,
  target: RefreshTarget,
  hasLease: boolean,
): Promise<Awaited<ReturnType<typeof readGrant>>> {
  const { clock, scheduler } = parts.surroundings
  const since = clock.now()
  for (;;) {
    const grant = await readGrant(store, target)
    if ("reason" in grant) return grant
    const { intent } = grant
    if (intent?.tokenHash !== grant.tokenHash || isOurs(parts, intent)) return grant
    const until = hasLease ? since + grace : Math.max(since + grace, intent.at + parts.refresh.lease)
    if (clock.now() >= until) return grant
    await sleep(scheduler, 0.25)
  }
}

/** A process runs one refresh of a grant at a time: an earlier one of its own has ended. */
export function isOurs({ vault }: Parts, { owner }: NonNullable<StoredGrant["intent"]>): boolean {
  return owner.startsWith(`${thisProcess(vault)}.`)
}

function thisProcess(vault: Parts["vault"]): string {
  return processWide("process", () => vault.newId("pr"))
}
