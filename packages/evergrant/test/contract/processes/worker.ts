/** A process that shares a store with others. Run with `fork`; does one task and sends what came of it. */
import { closeSync, openSync, unlinkSync } from "node:fs"
import { systemClock } from "../../../src/clock.ts"
import type { GrantStore } from "../../../src/store/grant-store.ts"
import {
  guardOf,
  sampleEnd,
  sampleEntry,
  sampleGrant,
  sampleLogin,
  sampleRotation,
} from "../../../src/testing/contracts/samples.ts"
import { besideStoreUrl, storeOfUrl } from "../../databases/open-store-url.ts"

/** What a worker is told to do. */
export type WorkerTask =
  /** Opens new places beside its own, `rounds` of them, and stores a login in each. */
  | { kind: "open"; rounds: number }
  /** Refreshes the one login until its generation is `last`. Sends the generations that it made. */
  | { kind: "refresh"; last: number }
  /** Takes a lease `rounds` times, each time to make the file `mark`, which must not be done twice at once. */
  | { kind: "lease"; rounds: number; mark: string }
  /** Refreshes one login, and begins and ends others, until it is killed. Sends how far it came. */
  | { kind: "write"; from: number }

async function open(url: string): Promise<GrantStore> {
  return storeOfUrl(url).open({ namespace: "one", clock: systemClock })
}

async function openNew(url: string, name: string, rounds: number): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    const store = await open(besideStoreUrl(url, String(round)))
    await store.createLogin(sampleLogin(0, { loginId: name }), name, [])
    await store.close()
  }
  return rounds
}

async function refresh(store: GrantStore, name: string, last: number): Promise<number[]> {
  const made: number[] = []
  for (;;) {
    const login = await store.readLogin("handle")
    const grant = login?.status === "live" ? login.grants[0] : undefined
    if (!grant) throw new Error("the login is gone")
    if (grant.generation >= last) return made
    const generation = grant.generation + 1
    const rotation = sampleRotation(systemClock.now(), { tokenHash: `${generation} by ${name}` })
    const outcome = await store.commitRefresh(guardOf(grant), rotation, systemClock.now() + 3600)
    if (outcome === "stored") made.push(generation)
    // Gives the others their turn at the same generation.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function holdLease(
  store: GrantStore,
  name: string,
  { mark, rounds }: { mark: string; rounds: number },
): Promise<number> {
  for (let round = 0; round < rounds; round++) {
    while (!(await store.acquireLease("lease", name, 3600))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    // Fails when the mark is there: somebody else is inside.
    closeSync(openSync(mark, "wx"))
    await new Promise((resolve) => setImmediate(resolve))
    unlinkSync(mark)
    await store.releaseLease("lease", name)
  }
  return rounds
}

async function write(
  store: GrantStore,
  from: number,
  progress: (generation: number) => void,
): Promise<never> {
  for (let generation = from; ; generation++) {
    const now = systemClock.now()
    const guard = guardOf(sampleGrant(now, { generation, tokenHash: `token-${generation}` }))
    const rotation = sampleRotation(now, { tokenHash: `token-${generation + 1}` })
    await store.commitRefresh(guard, rotation, now + 3600)
    progress(generation + 1)
    const loginId = `login-${generation}`
    await store.createLogin(sampleLogin(now, { loginId }), loginId, [sampleGrant(now, { sid: loginId })])
    await store.endLogins(sampleEnd(now, { loginId }, { outbox: [sampleEntry(now, { id: loginId })] }))
  }
}

const [url = "", name = ""] = process.argv.slice(2)

function send(message: unknown): void {
  process.send?.(message)
}

process.once("message", async (task: WorkerTask) => {
  const store = await open(url)
  if (task.kind === "open") send(await openNew(url, name, task.rounds))
  if (task.kind === "refresh") send(await refresh(store, name, task.last))
  if (task.kind === "lease") send(await holdLease(store, name, task))
  if (task.kind === "write") await write(store, task.from, send)
  await store.close()
  process.disconnect()
})
send("ready")
