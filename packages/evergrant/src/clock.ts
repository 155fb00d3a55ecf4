/**
 * Time, chance and the network as Evergrant sees them. Nothing in the core reads `Date.now`, `Math.random`,
 * `setTimeout` or the global `fetch` by itself: everything arrives through {@link Surroundings}, so that a test
 * can hold the clock, fix the seed and lose an answer on purpose.
 */

/** An instant in seconds since the Unix epoch. May carry a fraction. */
export type EpochSeconds = number

/** A span in seconds. May carry a fraction. */
export type Seconds = number

/** Tells the time. */
export interface Clock {
  now(): EpochSeconds
}

/** Runs work later. */
export interface Scheduler {
  /** Calls `task` once after `delay` seconds. Returns a function that cancels it. Never keeps the process alive. */
  after(delay: Seconds, task: () => void): () => void
}

/** Gives `length` unpredictable bytes. */
export type RandomBytes = (length: number) => Uint8Array

/** What a request is made with. As `RequestInit`, but a field may be spelled out as absent. */
export type FetchInit = { [K in keyof RequestInit]?: RequestInit[K] | undefined }

/** The part of `fetch` that Evergrant uses. */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>

/** What the core needs from outside, injected from the first day. */
export interface Surroundings {
  clock: Clock
  scheduler: Scheduler
  random: RandomBytes
  fetch: Fetch
}

/** The clock on the wall. */
export const systemClock: Clock = { now: () => Date.now() / 1000 }

/** `setTimeout`, unreferenced: a pending timer never holds a process that wants to end. */
export const systemScheduler: Scheduler = {
  after(delay, task) {
    const timer = setTimeout(task, delay * 1000)
    timer.unref?.()
    return () => clearTimeout(timer)
  },
}

/** The platform's own clock, timers, random source and `fetch`. */
export const systemSurroundings: Surroundings = {
  clock: systemClock,
  scheduler: systemScheduler,
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fetch: (url, init) => globalThis.fetch(url, init as RequestInit),
}

/** Resolves after `delay` seconds of the scheduler's time. */
export function sleep(scheduler: Scheduler, delay: Seconds): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(delay, resolve)
  })
}

/** What {@link withDeadline} resolves to when the time is up. */
export const timedOut: unique symbol = Symbol("timedOut")

/** Waits for `work` at most `limit` seconds. The work itself goes on: only the waiting ends. */
export function withDeadline<T>(
  scheduler: Scheduler,
  limit: Seconds,
  work: Promise<T>,
): Promise<T | typeof timedOut> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(limit, () => resolve(timedOut))
    work.then(resolve, reject).finally(cancel)
  })
}
