/** Does remembered work now; what cannot be done stays remembered and is tried again. */
import { type Seconds, withDeadline } from "../clock.ts"
import type { Parts } from "../refresh/parts.ts"
import type { GrantStore } from "../store/grant-store.ts"
import { attempt, retryLater } from "./deliver.ts"
import { type Task, toOutboxEntry } from "./work.ts"

/** Seconds that a request waits for a database of the application. The work itself goes on. */
const patience: Seconds = 2

/** Does tasks that the outbox already holds. Never throws: no session depends on them. */
export async function perform(parts: Parts, store: GrantStore, tasks: readonly Task[]): Promise<void> {
  if (tasks.length === 0) return
  const work = Promise.all(tasks.map((task) => attempt(parts, store, task))).then((done) => {
    if (done.includes(false)) retryLater(parts)
  })
  parts.defer(work)
  await withDeadline(parts.surroundings.scheduler, patience, work)
}

/** Remembers tasks and does them. Never throws. */
export async function rememberAndPerform(
  parts: Parts,
  store: GrantStore,
  tasks: readonly Task[],
): Promise<void> {
  await remember(parts, store, tasks, firstRetry)
  await perform(parts, store, tasks)
}

/** Seconds after which somebody else tries, if this process dies meanwhile. */
const firstRetry: Seconds = 30

/** Writes tasks down. A store that fails now is no reason not to do them. */
export async function remember(
  parts: Parts,
  store: GrantStore,
  tasks: readonly Task[],
  dueIn: Seconds,
): Promise<void> {
  const dueAt = parts.surroundings.clock.now() + dueIn
  for (const task of tasks) {
    try {
      await store.enqueue(await toOutboxEntry(parts, task, dueAt))
    } catch {
      parts.emit({ type: "store.unavailable", operation: "enqueue" })
    }
  }
}
