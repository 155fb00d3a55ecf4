import { randomUUID } from "node:crypto"
import { expect, it } from "vitest"
import type { EvergrantEvent } from "../../../src/events.ts"
import { createEvergrant } from "../../../src/evergrant.ts"
import { memoryStore } from "../../../src/stores/memory.ts"

it("a warning of the store is an event that names the store", async () => {
  const events: EvergrantEvent[] = []
  const real = memoryStore({ name: randomUUID() })
  const evergrant = createEvergrant({
    secrets: ["a-horse-with-a-battery-and-a-staple-0123456789"],
    providers: () => undefined,
    events: (event) => void events.push(event),
    store: {
      kind: "forgetful",
      location: real.location,
      open(context) {
        context.warn?.({ setting: "memory", remedy: "Remember." })
        return real.open(context)
      },
    },
  })
  await evergrant.ping()
  expect(events).toEqual([
    { type: "store.warning", store: "forgetful", setting: "memory", remedy: "Remember." },
  ])
  await evergrant.close()
})
