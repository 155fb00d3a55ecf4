/**
 * Those who wait for one flight. A promise keeps whoever has ever waited for it until it settles: under a provider that
 * hangs, callers that come, give up and come again would fill the memory. Here, who gives up leaves nothing behind.
 */
import { type Scheduler, type Seconds, timedOut } from "../clock.ts"

interface Waiter {
  resolve(value: unknown): void
  reject(error: unknown): void
}

interface Audience {
  waiting: Set<Waiter>
  /** Resolves when the flight has landed, whatever came of it. */
  landed: Promise<void>
}

const audiences = new WeakMap<Promise<unknown>, Audience>()

/** Waits for a flight at most `limit` seconds. */
export function waitForFlight<T>(
  result: Promise<T>,
  scheduler: Scheduler,
  limit: Seconds,
): Promise<T | typeof timedOut> {
  const { waiting } = audienceOf(result)
  return new Promise<T | typeof timedOut>((resolve, reject) => {
    const leave = () => {
      waiting.delete(waiter)
      cancel()
    }
    const waiter: Waiter = {
      resolve: (value) => {
        leave()
        resolve(value as T)
      },
      reject: (error) => {
        leave()
        reject(error)
      },
    }
    const cancel = scheduler.after(limit, () => waiter.resolve(timedOut))
    waiting.add(waiter)
  })
}

/** Resolves when a flight has landed. The same promise for all who ask. */
export function landingOf(result: Promise<unknown>): Promise<void> {
  return audienceOf(result).landed
}

function audienceOf(result: Promise<unknown>): Audience {
  const known = audiences.get(result)
  if (known) return known
  const waiting = new Set<Waiter>()
  const landed = result.then(
    (value) => {
      for (const waiter of [...waiting]) waiter.resolve(value)
    },
    (error) => {
      for (const waiter of [...waiting]) waiter.reject(error)
    },
  )
  const audience = { waiting, landed }
  audiences.set(result, audience)
  return audience
}
