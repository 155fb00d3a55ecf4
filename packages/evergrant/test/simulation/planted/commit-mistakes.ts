/** Mistakes about storing what a rotation brought. */
import type { GrantStore, RefreshGuard } from "../../../src/store/grant-store.ts"
import { grantName } from "../../../src/stores/memory/tables.ts"
import { type Buried, rememberBuried } from "./buried.ts"
import type { PlantedBug } from "./planted-bug.ts"

/** Whoever holds the lease may write, whatever is stored; nobody else may, however good what it brings is. */
export const commitComparesHolder: PlantedBug = {
  name: "commitRefresh compares the lease holder instead of token and generation",
  inStep: (store, tables) => ({
    ...store,
    async commitRefresh(guard: RefreshGuard & { owner?: string }, next, spentUntil) {
      const { loginId } = guard.grant
      const held = [...tables.leases].find(([name]) => name.includes(loginId))?.[1]
      const grant = tables.logins.get(loginId)?.grants.get(grantName(guard.grant))
      if (!grant) return store.commitRefresh(guard, next, spentUntil)
      if (held?.owner !== guard.owner) return "conflict"
      return store.commitRefresh({ ...guard, ...grant }, next, spentUntil)
    },
  }),
  inProcess(store) {
    let mine = ""
    return {
      ...store,
      beginRefresh(guard, intent) {
        mine = intent.owner
        return store.beginRefresh(guard, intent)
      },
      commitRefresh(guard, next, spentUntil) {
        const owned: RefreshGuard & { owner: string } = { ...guard, owner: mine }
        return store.commitRefresh(owned, next, spentUntil)
      },
    }
  },
}

/** Looks for the tombstone, and then writes without it. */
export const tombstoneCheckedBeforeWrite: PlantedBug = {
  name: "the tombstone is checked before the write instead of within it",
  inStep(store, tables) {
    const buried = rememberBuried(store, tables)
    return {
      ...buried.store,
      async commitRefresh(guard, next, spentUntil) {
        buried.bringBack(guard.grant.loginId)
        return buried.store.commitRefresh(guard, next, spentUntil)
      },
    }
  },
  inProcess: (store) => ({
    ...store,
    async commitRefresh(guard, next, spentUntil) {
      const { loginId } = guard.grant
      const [login] = await store.listLogins({ loginId })
      return login ? store.commitRefresh(guard, next, spentUntil) : "ended"
    },
  }),
}

/** Writes the claims of a login that has ended meanwhile. */
export const claimsBringBack: PlantedBug = {
  name: "writing claims brings an ended login back",
  inStep(store, tables) {
    const buried: Buried = rememberBuried(store, tables)
    const writeClaims: GrantStore["writeClaims"] = (key, generation, claims) => {
      buried.bringBack(key.loginId)
      return buried.store.writeClaims(key, generation, claims)
    }
    return { ...buried.store, writeClaims }
  },
}

/** A rotation that could not be stored at the first try is dropped. */
export const persistsOnce: PlantedBug = {
  name: "persisting is not tried again",
  inProcess: (store) => ({
    ...store,
    commitRefresh: (guard, next, spentUntil) =>
      store.commitRefresh(guard, next, spentUntil).catch(() => "conflict" as const),
  }),
}
