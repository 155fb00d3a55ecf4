/**
 * Runs a suite on every store that can show what it shows. `npm run faults` reads from these calls on which stores
 * a row of the fault catalogue is shown, so `without` is written out where the suite is declared.
 */
import { afterAll, beforeAll, describe } from "vitest"
import type { StoreDriver } from "../../src/store/grant-store.ts"
import { createScene, type Scene, type SceneOptions } from "../faults/scene/scene.ts"
import { type StoreKind, storeKinds } from "./store-kinds.ts"
import { type StorePlace, storePlaces } from "./store-places.ts"

/** What a suite is given. */
export interface StoreUnderTest {
  kind: StoreKind
  /** A store that no other test uses. */
  driver(): StoreDriver
  /** A scene on such a store. */
  createScene(options?: SceneOptions): Promise<Scene>
}

/** Stores that cannot show it, each with the reason. */
export interface EachStoreOptions {
  without: Partial<Record<StoreKind, string>>
}

type Suite = (store: StoreUnderTest) => void

/**
 * Declares `suite` once for each store. Where a server is missing its suites are skipped.
 *
 * @example
 * describeEachStore("a crash", { without: { cookie: "another process needs a store" } }, ({ createScene }) => {
 *   it("A8 …", async () => { const { evergrant, signIn } = await createScene() … })
 * })
 */
export function describeEachStore(name: string, suite: Suite): void
export function describeEachStore(name: string, options: EachStoreOptions, suite: Suite): void
export function describeEachStore(name: string, first: EachStoreOptions | Suite, second?: Suite): void {
  const [{ without }, suite] =
    typeof first === "function" ? [{ without: {} as EachStoreOptions["without"] }, first] : [first, second]
  if (!suite) throw new TypeError("describeEachStore needs a suite.")
  for (const kind of storeKinds) {
    if (without[kind] !== undefined) continue
    const { isAvailable, prepare } = storePlaces[kind]
    describe.skipIf(!isAvailable())(`${name} (${kind})`, () => {
      let place: StorePlace | undefined
      beforeAll(async () => {
        place = await prepare()
      })
      afterAll(() => place?.remove())
      const driver = () => {
        if (!place) throw new Error("The store is there only while tests run.")
        return place.driver()
      }
      suite({ kind, driver, createScene: async (options) => createScene({ driver: driver(), ...options }) })
    })
  }
}
