/** The moments of a refresh at which a process can be made to die, to freeze or to wait. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import process from "node:process"
import type { Fetch } from "../../src/clock.ts"
import type { GrantStore } from "../../src/store/grant-store.ts"

/** The five moments of a refresh that decide what is lost, in their order. */
export const failurePoints = [
  "before send",
  "after send",
  "after answer",
  "before persist",
  "after persist",
] as const

export type FailurePoint = (typeof failurePoints)[number]

/**
 * What happens at a point, once.
 *
 * - `kill`: the process ends itself with SIGKILL.
 * - `stop`: it freezes itself with SIGSTOP; SIGCONT lets it go on.
 * - `wait`: the refresh waits for {@link FailurePoints.proceed}, and the rest of the process goes on.
 */
export type PointAction = "kill" | "stop" | "wait"

export interface FailurePoints {
  arm(point: FailurePoint, action: PointAction): void
  proceed(): void
  /** Forgets what is armed, and lets go who waits. */
  disarm(): void
  /** `fetch`, with the first three points around refreshes. */
  watchFetch(fetch: Fetch): Fetch
  /** The store, with the last two points around its `commitRefresh`. */
  watchStore(store: GrantStore): GrantStore
}

/** Creates the points of a process. `tell` resolves when the test has been told that one is reached. */
export function createFailurePoints(tell: (point: FailurePoint) => Promise<void>): FailurePoints {
  const armed = new Map<FailurePoint, PointAction>()
  let letGo = () => {}

  async function reach(point: FailurePoint): Promise<void> {
    const action = armed.get(point)
    if (!action) return
    armed.delete(point)
    if (action === "kill") return die()
    if (action === "wait") {
      const waiting = new Promise<void>((resolve) => {
        letGo = resolve
      })
      await tell(point)
      return waiting
    }
    await tell(point)
    process.kill(process.pid, "SIGSTOP")
    // Frozen before this is over, and for as long as the test wants.
    await new Promise((resolve) => setTimeout(resolve, 50))
  }

  return {
    arm: (point, action) => void armed.set(point, action),
    proceed: () => letGo(),
    disarm() {
      armed.clear()
      letGo()
    },

    watchFetch: (fetch) => async (url, init) => {
      if (!String(init?.body ?? "").includes("grant_type=refresh_token")) return fetch(url, init)
      await reach("before send")
      const sent = armed.has("after send") ? bodySent() : Promise.resolve()
      const answering = fetch(url, init)
      answering.catch(() => {})
      await Promise.race([sent, answering])
      await reach("after send")
      const answer = await answering
      const body = await answer.arrayBuffer()
      await reach("after answer")
      return new Response(body, { status: answer.status, headers: answer.headers })
    },

    watchStore: (store) => ({
      ...store,
      async commitRefresh(guard, next, spentUntil) {
        await reach("before persist")
        const outcome = await store.commitRefresh(guard, next, spentUntil)
        await reach("after persist")
        return outcome
      },
    }),
  }
}

/** Never goes on. */
function die(): Promise<void> {
  process.kill(process.pid, "SIGKILL")
  return new Promise(() => {})
}

/** Resolves when the next request of this process has left it whole. */
function bodySent(): Promise<void> {
  return new Promise((resolve) => {
    const channel = "undici:request:bodySent"
    const listener = () => {
      unsubscribe(channel, listener)
      resolve()
    }
    subscribe(channel, listener)
  })
}
