/** Mistakes about the right to spend. */
import type { PlantedBug } from "./planted-bug.ts"

/** The lease is given back before what it protected is stored. */
export const leaseReleasedBeforePersisting: PlantedBug = {
  name: "the lease is released before persisting",
  inProcess(store) {
    const held = new Map<string, string>()
    return {
      ...store,
      async acquireLease(name, owner, duration) {
        const taken = await store.acquireLease(name, owner, duration)
        if (taken) held.set(name, owner)
        return taken
      },
      async commitRefresh(guard, next, spentUntil) {
        for (const [name, owner] of held) {
          if (name.includes(guard.grant.loginId)) await store.releaseLease(name, owner)
        }
        return store.commitRefresh(guard, next, spentUntil)
      },
    }
  },
}

/** The lease runs out while its holder waits for a slow provider. */
export const leaseNotRenewed: PlantedBug = {
  name: "the lease is not renewed",
  inProcess: (store) => ({ ...store, renewLease: async () => true }),
}

/** Whoever has waited for the lease goes by what was read before, and nobody compares. */
export const noReadAfterLease: PlantedBug = {
  name: "a waiter does not read again after the lease",
  inStep: (store) => ({
    ...store,
    async beginRefresh(guard, intent) {
      const outcome = await store.beginRefresh(guard, intent)
      return outcome === "conflict" ? "stored" : outcome
    },
  }),
  inProcess(store) {
    const known = new Map<string, Awaited<ReturnType<typeof store.readLogin>>>()
    let holding = false
    return {
      ...store,
      async acquireLease(name, owner, duration) {
        const taken = await store.acquireLease(name, owner, duration)
        if (taken) holding = true
        return taken
      },
      async releaseLease(name, owner) {
        holding = false
        await store.releaseLease(name, owner)
      },
      async readLogin(handleHash) {
        const before = known.get(handleHash)
        if (holding && before?.status === "live") return before
        const login = await store.readLogin(handleHash)
        known.set(handleHash, login)
        return login
      },
    }
  },
}
