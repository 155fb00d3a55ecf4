import type { Seconds } from "../../clock.ts"
import type { GrantStore } from "../../store/grant-store.ts"
import type { PostgresView } from "./view.ts"

/** How long a change stays in the feed for those who catch up. */
const changeRetention: Seconds = 600

/** How many rows of each table one step removes: the locks of a step are short, and writers go between two. */
const batchSize = 500

export function sweepMethods(view: PostgresView): Pick<GrantStore, "sweep"> {
  return {
    async sweep() {
      const before = view.now() - changeRetention
      while (Number(await view.answer("sweep", [before, batchSize])) > 0);
    },
  }
}
