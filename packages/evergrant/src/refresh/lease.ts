/** The cross-process right to spend one refresh token. It saves wasted grants; the truth is the compare-and-set. */
import { type Seconds, type Surroundings, sleep } from "../clock.ts"
import { isEvergrantError } from "../errors.ts"
import type { GrantStore } from "../store/grant-store.ts"

export interface Lease {
  /** `false`: leases cannot be had now. The compare-and-set decides alone. */
  held: boolean
  /**
   * Whether somebody else has it by now. Where it should still be ours nothing is asked; where it is in doubt the store
   * is, which gives it back if nobody has it. A store that has no leases to give now does not say that it is lost.
   */
  isLost(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Takes the lease, waiting for its holder. Between two tries `meanwhile` is asked: what it finds (the holder's
 * result) makes the lease unnecessary. Where the store has no leases to give, it goes on without one.
 */
export async function takeLease<T>(
  store: GrantStore,
  surroundings: Surroundings,
  wish: { name: string; owner: string; duration: Seconds },
  meanwhile: () => Promise<T | undefined>,
): Promise<Lease | { found: T }> {
  for (let pause = 0.025; ; pause = Math.min(pause * 1.5, 0.25)) {
    const taken = await store.acquireLease(wish.name, wish.owner, wish.duration).catch(asUnavailable)
    if (taken === "unavailable") return { held: false, isLost: async () => false, release: async () => {} }
    if (taken) return keep(store, surroundings, wish)
    await sleep(surroundings.scheduler, pause)
    const found = await meanwhile()
    if (found !== undefined) return { found }
  }
}

function asUnavailable(error: unknown): "unavailable" {
  if (isEvergrantError(error) && error.code === "store_unavailable") return "unavailable"
  throw error
}

function keep(
  store: GrantStore,
  { scheduler, clock }: Surroundings,
  { name, owner, duration }: { name: string; owner: string; duration: Seconds },
): Lease {
  let over = false
  let heldUntil = clock.now() + duration
  let cancel = () => {}
  const renewLater = () => {
    cancel = scheduler.after(duration / 3, async () => {
      // A lost lease needs no alarm here: whoever has it now cannot commit what we commit.
      const until = clock.now() + duration
      const renewed = await store.renewLease(name, owner, duration).catch(() => undefined)
      if (renewed !== undefined) heldUntil = renewed ? until : 0
      if (!over) renewLater()
    })
  }
  renewLater()
  return {
    held: true,
    async isLost() {
      if (clock.now() < heldUntil) return false
      return (await store.acquireLease(name, owner, duration).catch(asUnavailable)) === false
    },
    async release() {
      over = true
      cancel()
      // An unreachable store gives the lease back by itself, when its time is over.
      await store.releaseLease(name, owner).catch(() => {})
    },
  }
}
