/** Row A13: the store reads and writes, and gives no leases. */
import { describe, expect, it } from "vitest"
import { createGate, createScene, enterAnotherProcess, type Scene } from "./scene/scene.ts"
import { until } from "./scene/watched-clock.ts"

async function expiredWithoutLeases(): Promise<Scene & { handle: string }> {
  const scene = await createScene()
  const handle = await scene.signIn()
  await scene.clock.advance(301)
  scene.fail("acquireLease")
  return { ...scene, handle }
}

describe("a store that gives no leases", () => {
  it("A13 refreshes without one, once for all callers of the process, and tells it once", async () => {
    const { evergrant, clock, spent, grant, told, handle } = await expiredWithoutLeases()

    const answers = await Promise.all(Array.from({ length: 20 }, () => evergrant.getAccessToken(handle)))

    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(answers[0]?.expiresAt).toBeGreaterThan(clock.now())
    expect(spent()).toEqual(["refresh-1"])
    expect((await grant(handle)).generation).toBe(2)
    expect(told("lease.unavailable")).toMatchObject([{ provider: "oidc" }])
    expect(told("session.ended")).toEqual([])
  })

  it("A13 goes back to leases when there are some again", async () => {
    const { evergrant, clock, replaced, told, handle } = await expiredWithoutLeases()
    await evergrant.getAccessToken(handle)
    delete replaced.acquireLease
    await clock.advance(301)

    await evergrant.getAccessToken(handle)

    expect(told("lease.unavailable")).toHaveLength(1)
  })

  it("A13 waits for another process that is known to spend the token, in place of its lease", async () => {
    const { evergrant, clock, provider, spent, handle } = await expiredWithoutLeases()
    const reached = createGate()
    const answer = createGate()
    provider.once("token", async (request) => {
      reached.open()
      await answer.passed
      return provider.usual(request)
    })
    const holder = evergrant.getAccessToken(handle)
    await reached.passed

    enterAnotherProcess()
    const waiter = evergrant.getAccessToken(handle)
    await until(() => clock.waiting().includes(0.25))
    await clock.advance(2)
    await until(() => clock.waiting().includes(0.25))
    expect(spent()).toEqual(["refresh-1"])
    answer.open()
    const held = await holder

    expect(await clock.runUntilDone(waiter)).toEqual(held)
    expect(spent()).toEqual(["refresh-1"])
  })

  it("A12 A13 takes the result of another process whose note came between its own reading and noting", async () => {
    const { evergrant, clock, provider, replaced, store, spent, told, grant, handle } =
      await expiredWithoutLeases()
    const real = await store()
    const turns = [createGate(), createGate()]
    const reached: string[] = []
    replaced.beginRefresh = async (guard, note) => {
      const turn = turns[reached.push(note.owner) - 1]
      await turn?.passed
      return real.beginRefresh(guard, note)
    }
    const first = evergrant.getAccessToken(handle)
    await until(() => reached.length === 1)
    enterAnotherProcess()
    const second = evergrant.getAccessToken(handle)
    await until(() => reached.length === 2)

    const answer = createGate()
    provider.once("token", async (request) => {
      await answer.passed
      return provider.usual(request)
    })
    turns[0]?.open()
    await until(() => spent().length === 1)
    turns[1]?.open()
    await until(() => clock.waiting().includes(0.25))
    answer.open()

    expect(await clock.runUntilDone(second)).toEqual(await first)
    expect(spent()).toEqual(["refresh-1"])
    expect((await grant(handle)).generation).toBe(2)
    expect(told("session.ended")).toEqual([])
  })

  it("A13 does not go on when anything else is wrong with the lease", async () => {
    const { evergrant, replaced, spent, handle } = await expiredWithoutLeases()
    replaced.acquireLease = () => Promise.reject(new TypeError("a fault of the store's code"))

    await expect(evergrant.getAccessToken(handle)).rejects.toThrow(TypeError)

    expect(spent()).toEqual([])
  })
})
