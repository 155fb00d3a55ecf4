/** Several processes on one store, as an application runs in several. */
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { join } from "node:path"
import { afterAll, describe, expect, inject, test } from "vitest"
import { systemClock } from "../../src/clock.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"
import { readLive } from "../../src/testing/contracts/contract-case.ts"
import { sampleGrant, sampleLogin } from "../../src/testing/contracts/samples.ts"
import { type StoreUrl, storeOfUrl } from "../databases/open-store-url.ts"
import { redisKeys } from "../databases/redis-keys.ts"
import { startWorker, type Worker } from "./processes/start-worker.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const folder = temporaryFolder()
afterAll(folder.remove)

/** Each call of an entry is a fresh, empty place. A further store has its entry here. */
const places: Record<string, () => StoreUrl> = {
  sqliteStore: () => `sqlite:${join(folder.path, `${randomUUID()}.db`)}`,
}

const redis = inject("redis")
if (redis.available) {
  const { url } = redis
  const keys = redisKeys(url)
  afterAll(keys.remove)
  places.redisStore = () => `${url as "redis://"}?prefix=${keys.prefix()}`
}

const minute = 60_000

async function openUrl(url: string): Promise<GrantStore> {
  return storeOfUrl(url).open({ namespace: "one", clock: systemClock })
}

async function startWorkers(url: string, count: number): Promise<Worker[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => startWorker(url, `worker-${i}`)))
}

async function signIn(store: GrantStore): Promise<void> {
  const now = systemClock.now()
  await store.createLogin(sampleLogin(now), "handle", [sampleGrant(now)])
}

/** Kills a process in the middle of its writes, once it has said that it reached `generation`. */
async function killAfter(url: string, from: number, generation: number): Promise<void> {
  const worker = await startWorker(url, "victim")
  let reached = 0
  const ended = once(worker.process, "exit")
  worker.process.on("message", (message) => {
    reached = Number(message)
    if (reached >= generation) worker.process.kill("SIGKILL")
  })
  await worker.run({ kind: "write", from })
  const [, signal] = await ended
  assert.equal(signal, "SIGKILL")
}

/** Checks that every write is there with all its parts or not at all. Returns the generation that was reached. */
async function checkWhole(store: GrantStore, reached: number): Promise<number> {
  const { grants, version } = await readLive(store, "handle")
  const generation = grants[0]?.generation ?? 0
  // What was answered "stored" before the kill is there after it.
  expect(generation).toBeGreaterThanOrEqual(reached)
  expect([version, grants[0]?.tokenHash]).toEqual([generation, `token-${generation}`])
  const feed = await store.changesAfter(0, 100_000)
  expect(feed.filter((change) => change.loginId === "login").length).toBe(generation)
  expect((await store.findSpentToken(`token-${generation - 1}`))?.generation).toBe(generation)
  expect(await store.findSpentToken(`token-${generation}`)).toBeUndefined()

  const owed = new Set((await store.claimOutbox(100_000, 0)).map((entry) => entry.id))
  for (let i = 1; i <= generation; i++) {
    const loginId = `login-${i}`
    const login = await store.readLogin(loginId)
    const told = feed.filter((change) => change.loginId === loginId).map((change) => change.kind)
    if (login?.status === "ended") {
      expect([owed.has(loginId), told]).toEqual([true, ["login.updated", "login.ended"]])
    } else {
      expect([owed.has(loginId), told]).toEqual([false, login ? ["login.updated"] : []])
      expect(login?.grants.length ?? 1).toBe(1)
    }
  }
  return generation
}

describe.for(Object.entries(places))("%s", ([, create]) => {
  test("eight processes create a place at once, many times over", { timeout: minute }, async () => {
    const url = create()
    const workers = await startWorkers(url, 8)
    const outcomes = await Promise.all(workers.map((worker) => worker.run({ kind: "open", rounds: 20 })))
    expect(outcomes).toEqual(Array(8).fill(20))
  })

  test("four processes refresh one grant: each generation is made exactly once", {
    timeout: 2 * minute,
  }, async () => {
    const url = create()
    const store = await openUrl(url)
    await signIn(store)
    const workers = await startWorkers(url, 4)
    const made = await Promise.all(workers.map((worker) => worker.run({ kind: "refresh", last: 201 })))
    const generations = made.flat().sort((a, b) => Number(a) - Number(b))
    expect(generations).toEqual(Array.from({ length: 200 }, (_, i) => i + 2))
    const { grants, version } = await readLive(store, "handle")
    expect([grants[0]?.generation, version, await store.latestChange()]).toEqual([201, 201, 201])
    await store.close()
  })

  test("four processes take one lease: never two of them at once", { timeout: 2 * minute }, async () => {
    const url = create()
    const workers = await startWorkers(url, 4)
    const mark = join(folder.path, `${randomUUID()}.mark`)
    const rounds = await Promise.all(workers.map((worker) => worker.run({ kind: "lease", rounds: 40, mark })))
    expect(rounds).toEqual([40, 40, 40, 40])
  })

  test("one process hears what another changed", { timeout: minute }, async () => {
    const url = create()
    const store = await openUrl(url)
    await signIn(store)
    const heard: number[] = []
    const all = new Promise<void>((resolve) => {
      store.subscribe((change) => {
        heard.push(change.cursor)
        if (heard.length === 20) resolve()
      })
    })
    const [worker] = await startWorkers(url, 1)
    await worker?.run({ kind: "refresh", last: 21 })
    await all
    expect(heard).toEqual((await store.changesAfter(1, 100)).map((change) => change.cursor))
    await store.close()
  })

  test("a process killed in the middle of its writes leaves none of them half done", {
    timeout: 2 * minute,
  }, async () => {
    const url = create()
    const first = await openUrl(url)
    await signIn(first)
    await first.close()
    let from = 1
    for (let round = 0; round < 12; round++) {
      const reached = from + 1 + round
      await killAfter(url, from, reached)
      const store = await openUrl(url)
      from = await checkWhole(store, reached)
      await store.close()
    }
  })
})
