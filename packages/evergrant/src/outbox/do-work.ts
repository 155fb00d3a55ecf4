/** One kind of work, one way to do it. Doing it twice is harmless. */
import { StoreError } from "../errors.ts"
import { syncAccount } from "../linked/sync-account.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import type { Work } from "./work.ts"

/**
 * Does the work.
 *
 * @throws Whatever the application's database throws. It may quote a statement with its tokens: never log it.
 */
export async function doWork(parts: Parts, store: GrantStore, work: Work): Promise<void> {
  switch (work.kind) {
    // An instance of another configuration may have claimed it: it is left for those that can.
    case "account.sync":
      if (!parts.accounts) throw new StoreError("store_unavailable", "There is no account table here.")
      return syncAccount(parts, store, work.account, work.cause)
    case "session.remove":
      if (!parts.removeSession) throw new StoreError("store_unavailable", "There is no session table here.")
      return parts.removeSession(work.sessionToken)
    default:
      // Noted by a newer version, during a rolling deploy: it is left for that one.
      throw new StoreError("store_unavailable", "This version does not know what is to be done.")
  }
}
