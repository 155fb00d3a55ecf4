/** Rows A20, B3 and B4 for many grants at once: what a provider has to bear, and what one grant learns for all. */
import { describe, expect, it, vi } from "vitest"
import { createGate, createScene, type Scene, type SceneOptions } from "./scene/scene.ts"
import { type Answer, networkFailure } from "./scene/scripted-provider.ts"
import { until } from "./scene/watched-clock.ts"

/** Every user signs in first, and each sign-in signs and checks tokens. */
vi.setConfig({ testTimeout: 60_000 })

const afterExpiry = 301

interface Crowd extends Scene {
  handles: string[]
  /** Asks for the token of every login at once. */
  askAll(): Promise<PromiseSettledResult<unknown>[]>
  /** The most token requests that were in the air at the same time. */
  mostAtOnce(): number
}

/** Many users who signed in at the same moment, and whose tokens have expired together. */
async function crowd(size: number, options: SceneOptions = {}): Promise<Crowd> {
  const scene = await createScene(options)
  const handles: string[] = []
  for (let user = 1; user <= size; user += 1) {
    const account = await scene.provider.tokens()
    handles.push(await scene.signIn({ user: { id: `user-${user}` }, account }))
  }
  await scene.clock.advance(afterExpiry)
  let [atOnce, most] = [0, 0]
  const counted: Answer = async (request) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    const answer = await scene.provider.usual(request)
    await new Promise((resolve) => setImmediate(resolve))
    atOnce -= 1
    return answer
  }
  scene.provider.always("token", counted)
  return {
    ...scene,
    handles,
    askAll: () => Promise.allSettled(handles.map((handle) => scene.evergrant.getAccessToken(handle))),
    mostAtOnce: () => most,
  }
}

const answered = (results: PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === "fulfilled").length

const refuse =
  (error: string, status: number, headers: Record<string, string> = {}): Answer =>
  () =>
    Response.json({ error }, { status, headers })

describe("many grants that fall due together", () => {
  it("A20 are refreshed twenty at a time, and all are", async () => {
    const { askAll, mostAtOnce, spent } = await crowd(50)

    expect(answered(await askAll())).toBe(50)

    expect(mostAtOnce()).toBe(20)
    expect(new Set(spent()).size).toBe(50)
  })

  it("A20 are refreshed as many at a time as the application says, forced ones among them", async () => {
    const { evergrant, handles, mostAtOnce, spent } = await crowd(12, { refresh: { concurrency: 3 } })

    const forced = handles.map((handle) => evergrant.getAccessToken(handle, { force: true }))

    expect(answered(await Promise.allSettled(forced))).toBe(12)
    expect(mostAtOnce()).toBe(3)
    expect(spent()).toHaveLength(12)
  })

  it("A20 wait without asking the store, in the order in which they came, and are told in time", async () => {
    const { evergrant, clock, provider, handles, replaced, store, stored } = await crowd(3, {
      refresh: { concurrency: 1 },
    })
    const real = await store()
    const leases: string[] = []
    replaced.acquireLease = (name, ...rest) => {
      leases.push(name)
      return real.acquireLease(name, ...rest)
    }
    const reached = createGate()
    const answer = createGate()
    provider.once("token", async (request) => {
      reached.open()
      await answer.passed
      return provider.usual(request)
    })
    const callers: Promise<unknown>[] = []
    for (const handle of handles) {
      callers.push(evergrant.getAccessToken(handle))
      await until(() => clock.waiting().filter((delay) => delay === 4).length === callers.length)
    }
    const told = Promise.allSettled(callers)
    await reached.passed
    expect(leases).toHaveLength(1)

    await clock.advance(4.1)
    for (const result of await told) {
      expect(result).toMatchObject({ reason: { code: "provider_unavailable", retryAfter: 1 } })
    }
    answer.open()
    await until(() => leases.length === 3)

    const loginIds = await Promise.all(handles.map(async (handle) => (await stored(handle)).loginId))
    expect(leases.map((name, turn) => name.includes(loginIds[turn] ?? "?"))).toEqual([true, true, true])
  })

  it("A20 come back through the same door after an outage", async () => {
    const { clock, provider, askAll, spent, told } = await crowd(60)
    provider.always("token", () => {
      throw networkFailure("ECONNREFUSED")
    })
    expect(answered(await askAll())).toBe(0)
    const before = spent().length
    await clock.advance(10)
    let [atOnce, most] = [0, 0]
    provider.always("token", async (request) => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce -= 1
      return provider.usual(request)
    })

    expect(answered(await askAll())).toBe(60)

    expect(most).toBeLessThanOrEqual(20)
    expect(spent()).toHaveLength(before + 60)
    expect(told("session.ended")).toEqual([])
  })

  it("A20 that have not begun are dropped by close(), and what runs is finished", async () => {
    const { evergrant, provider, handles, told, spent } = await crowd(2, { refresh: { concurrency: 1 } })
    const reached = createGate()
    const answer = createGate()
    provider.once("token", async (request) => {
      reached.open()
      await answer.passed
      return provider.usual(request)
    })
    const first = evergrant.getAccessToken(handles[0] ?? "")
    await reached.passed
    const second = evergrant.getAccessToken(handles[1] ?? "").catch((error: unknown) => error)
    await until(() => told("session.started").length === 2)
    await new Promise((resolve) => setImmediate(resolve))
    const closing = evergrant.close()

    expect(await second).toMatchObject({ code: "store_unavailable" })
    await expect(evergrant.getAccessToken(handles[1] ?? "")).rejects.toMatchObject({
      code: "store_unavailable",
    })
    answer.open()

    expect(await first).toHaveProperty("accessToken")
    await closing
    expect(spent()).toHaveLength(1)
    expect(told("tokens.refreshed")).toHaveLength(1)
  })
})

describe("a provider that refuses the application", () => {
  it("B3 is asked a handful of times for hundreds of grants, raises one alarm, and is taken back after one probe", async () => {
    const { evergrant, clock, provider, handles, askAll, spent, told } = await crowd(200)
    provider.always("token", refuse("unauthorized_client", 401))

    for (let round = 0; round < 3; round += 1) {
      expect(answered(await askAll())).toBe(0)
    }
    expect(spent().length).toBeLessThanOrEqual(20)
    expect((await evergrant.readSession(handles[100] ?? "")).status).toBe("session")
    await expect(evergrant.getAccessToken(handles[199] ?? "")).rejects.toMatchObject({
      code: "provider_unavailable",
      retryAfter: 1,
    })

    // Half open: one of them finds out, and the secret is still wrong.
    const before = spent().length
    await clock.advance(2)
    expect(answered(await askAll())).toBe(0)
    expect(spent()).toHaveLength(before + 1)
    expect(told("provider.misconfigured")).toMatchObject([{ provider: "oidc", code: "unauthorized_client" }])
    expect(told("session.ended")).toEqual([])

    provider.always("token", undefined)
    await clock.advance(10)
    await evergrant.getAccessToken(handles[0] ?? "")
    expect(told("provider.recovered")).toMatchObject([{ provider: "oidc", took: 12 }])
    expect(answered(await askAll())).toBe(200)
    expect(told("provider.misconfigured")).toHaveLength(1)
  })

  it("B3 does not keep other clients of the same issuer from refreshing", async () => {
    const { evergrant, again, provider, handles } = await crowd(2)
    const otherClient = `Basic ${btoa("other:wrong")}`
    provider.always("token", (request) =>
      request.headers.get("authorization") === otherClient
        ? refuse("invalid_client", 401)(request)
        : provider.usual(request),
    )
    const other = again({
      providers: (id) => ({ id, issuer: provider.issuer, clientId: "other", clientSecret: "wrong" }),
    })
    await expect(other.getAccessToken(handles[0] ?? "")).rejects.toMatchObject({
      code: "provider_unavailable",
    })

    expect(await evergrant.getAccessToken(handles[1] ?? "")).toHaveProperty("accessToken")
  })

  it.each(["invalid_scope", "invalid_request", "access_denied"])(
    "B3 concerns one grant alone when it says %s",
    async (code) => {
      const { evergrant, provider, handles, told } = await crowd(2)
      provider.once("token", refuse(code, 400))

      await expect(evergrant.getAccessToken(handles[0] ?? "")).rejects.toMatchObject({
        code: "provider_unavailable",
      })

      expect(await evergrant.getAccessToken(handles[1] ?? "")).toHaveProperty("accessToken")
      expect(told("provider.misconfigured")).toMatchObject([{ code }])
    },
  )

  it("B3 accepts it again when it refuses a grant, and not the application", async () => {
    const { evergrant, clock, provider, handles, told } = await crowd(2)
    provider.always("token", refuse("invalid_client", 401))
    await expect(evergrant.getAccessToken(handles[0] ?? "")).rejects.toThrow()
    await clock.advance(2)
    provider.always("token", undefined)
    provider.once("token", refuse("invalid_grant", 400))
    await expect(evergrant.getAccessToken(handles[0] ?? "")).rejects.toMatchObject({ code: "signed_out" })

    expect(await evergrant.getAccessToken(handles[1] ?? "")).toHaveProperty("accessToken")
    expect(told("provider.recovered")).toHaveLength(1)
  })
})

describe("a provider that asks to wait", () => {
  it.each([
    [429, "slow_down"],
    [503, "temporarily_unavailable"],
  ])("B4 is left alone by all grants after a %i", async (status, error) => {
    const { evergrant, clock, provider, handles, spent, askAll, told } = await crowd(30)
    const instant = new Date((clock.now() + 40) * 1000).toUTCString()
    provider.once("token", refuse(error, status, { "retry-after": instant }))
    await expect(evergrant.getAccessToken(handles[0] ?? "")).rejects.toMatchObject({
      code: "provider_unavailable",
    })

    expect(answered(await askAll())).toBe(0)
    expect(spent()).toHaveLength(1)
    await clock.advance(38)
    expect(answered(await askAll())).toBe(0)
    await clock.advance(3)
    await evergrant.getAccessToken(handles[0] ?? "")

    expect(answered(await askAll())).toBe(30)
    expect(told("provider.misconfigured")).toEqual([])
    expect(told("provider.recovered")).toEqual([])
  })

  it("B4 is left alone by forced refreshes too", async () => {
    const { evergrant, provider, handles, spent } = await crowd(1)
    provider.once("token", refuse("slow_down", 429, { "retry-after": "30" }))
    await expect(evergrant.getAccessToken(handles[0] ?? "")).rejects.toThrow()

    await expect(evergrant.refreshSession(handles[0] ?? "")).rejects.toMatchObject({ retryAfter: 30 })

    expect(spent()).toHaveLength(1)
  })
})
