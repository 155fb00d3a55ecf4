import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import type { GrantStore, StoreDriver } from "../../../src/store/grant-store.ts"
import { closeStore, openStore } from "../../../src/store/open-store.ts"
import { memoryStore } from "../../../src/stores/memory.ts"
import { manualClock } from "../../../src/testing/manual-clock.ts"

const clock = manualClock()

/** A driver of memory stores whose openings are settled by the test. */
function slowDriver(location: string = randomUUID()): {
  driver: StoreDriver
  openings: { succeed(): void; fail(): void }[]
} {
  const openings: { succeed(): void; fail(): void }[] = []
  const memory = memoryStore({ name: location })
  const driver: StoreDriver = {
    kind: "slow",
    location,
    open: (context) =>
      new Promise<GrantStore>((resolve, reject) => {
        openings.push({
          succeed: () => resolve(memory.open(context) as GrantStore),
          fail: () => reject(new Error("canary")),
        })
      }),
  }
  return { driver, openings }
}

async function untilOpening(openings: readonly unknown[], count: number): Promise<void> {
  await expect.poll(() => openings.length).toBe(count)
}

test("closing a store whose opening fails is no failure: nothing is open", async () => {
  const { driver, openings } = slowDriver()
  const opening = openStore(driver, { namespace: "one", clock }).catch(() => "failed")
  await untilOpening(openings, 1)
  const closing = closeStore(driver, "one")
  openings[0]?.fail()
  expect(await opening).toBe("failed")
  await closing
})

test("an opening that fails late is not taken for the one that came after it", async () => {
  const { driver, openings } = slowDriver()
  const first = openStore(driver, { namespace: "one", clock }).catch(() => "failed")
  await untilOpening(openings, 1)
  const closing = closeStore(driver, "one")
  const second = openStore(driver, { namespace: "one", clock })
  await untilOpening(openings, 2)
  openings[0]?.fail()
  expect(await first).toBe("failed")
  await closing
  openings[1]?.succeed()
  const store = await second
  expect(await openStore(driver, { namespace: "one", clock })).toBe(store)
  await closeStore(driver, "one")
})

test("places and namespaces with spaces are told apart", async () => {
  const folder = randomUUID()
  const [one, other] = [memoryStore({ name: folder }), memoryStore({ name: folder })]
  const first = openStore({ ...one, location: `${folder} a` }, { namespace: "b", clock })
  const second = openStore({ ...other, location: folder }, { namespace: "a b", clock })
  expect(await first).not.toBe(await second)
  await closeStore({ ...one, location: `${folder} a` }, "b")
  await closeStore({ ...other, location: folder }, "a b")
})
