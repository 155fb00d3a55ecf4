/** Runs a suite of process tests on each store that is there. */
import { afterAll, afterEach, beforeAll, describe } from "vitest"
import type { ApplicationSettings } from "./messages.ts"
import { createScene, type Scene } from "./scene.ts"
import { createStorePlace, type StorePlace, storeKinds } from "./store-place.ts"

/** Seconds: nobody is to wait long for the lease of a process that was killed. */
const lease = 1
/** Seconds: on a busy machine a caller is to wait, and not to give up. */
const callerWait = 30

/** Declares `suite` once for each store, with one scene for all its tests. */
export function describeEachStore(
  name: string,
  suite: (scene: () => Scene) => void,
  settings: Partial<ApplicationSettings> = {},
): void {
  describe.each(storeKinds)(`${name} (%s)`, (kind) => {
    let place: StorePlace | undefined
    let scene: Scene | undefined
    beforeAll(async () => {
      place = await createStorePlace(kind)
      scene = await createScene({
        storeUrl: place.url,
        settings: { refresh: { lease, callerWait }, ...settings },
      })
    })
    afterEach(() => scene?.recycle())
    afterAll(async () => {
      await scene?.close()
      await place?.remove()
    })
    suite(() => {
      if (!scene) throw new Error("The scene is there only while tests run.")
      return scene
    })
  })
}
