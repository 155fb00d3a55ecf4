/** Runs a suite of process tests on each store that is there: a file, and the servers that all suites share. */
import { afterAll, afterEach, beforeAll, describe, inject } from "vitest"
import { createPostgresPlace } from "../databases/postgres-place.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import type { ApplicationSettings } from "./messages.ts"
import { createScene, type Scene } from "./scene.ts"
import { createStorePlace, type StoreKind, type StorePlace, storeKinds } from "./store-place.ts"

/** Seconds: nobody is to wait long for the lease of a process that was killed. */
const lease = 1
/** Seconds: on a busy machine a caller is to wait, and not to give up. */
const callerWait = 30

/** Declares `suite` once for each store, with one scene for all its tests. */
export function describeEachStore(
  name: string,
  suite: (scene: () => Scene, kind: StoreKind) => void,
  settings: Partial<ApplicationSettings> = {},
): void {
  const kinds = storeKinds.filter((kind) => kind === "sqlite" || inject(kind).available)
  describe.each(kinds)(`${name} (%s)`, (kind) => {
    let place: Pick<StorePlace, "url" | "remove"> | undefined
    let scene: Scene | undefined
    beforeAll(async () => {
      place = await createSharedPlace(kind)
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
    }, kind)
  })
}

/** A place of one's own on the server that is there. */
async function createSharedPlace(kind: StoreKind): Promise<Pick<StorePlace, "url" | "remove">> {
  if (kind === "sqlite") return createStorePlace("sqlite")
  const server = inject(kind)
  if (!server.available) throw new Error(server.why)
  if (kind === "redis") {
    const keys = redisKeys(server.url)
    return { url: `${server.url}?prefix=${keys.prefix()}`, remove: () => keys.remove() }
  }
  const place = await createPostgresPlace(server.url, "")
  return { url: place.address, remove: () => place.remove() }
}
