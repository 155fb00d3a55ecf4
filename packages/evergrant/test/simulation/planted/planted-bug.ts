/**
 * A mistake that the protocol must not make, put between Evergrant and the world. The simulation has to find each of
 * them: it proves that the rules can fail.
 */

import type { Fetch, Scheduler } from "../../../src/clock.ts"
import type { Evergrant } from "../../../src/evergrant.ts"
import type { GrantStore } from "../../../src/store/grant-store.ts"
import type { MemoryTables } from "../../../src/stores/memory/tables.ts"

export interface PlantedBug {
  name: string
  /** Changes what an atomic step of the store does. */
  inStep?(store: GrantStore, tables: MemoryTables): GrantStore
  /** Changes how one process uses the store; each call of `store` is a step that others may come between. */
  inProcess?(store: GrantStore): GrantStore
  /** Changes how one process asks the provider. */
  inFetch?(fetch: Fetch, scheduler: Scheduler): Fetch
  /** Changes what one process offers. */
  inFacade?(evergrant: Evergrant): Evergrant
}
