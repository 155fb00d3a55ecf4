/**
 * The memory of each simulated process. What Evergrant keeps once per process hangs on `globalThis`; here it leads to
 * the process whose code is running. Only one runs at a time, and each up to its next wait, so that "whose code" is
 * simply who was woken last.
 */

/** What one process keeps. */
export type ProcessMemory = Map<string, unknown>

let running: ProcessMemory | undefined

/** Makes `globalThis` lead to the running process, for good. */
export function installProcessMemory(): void {
  Object.defineProperty(globalThis, Symbol.for("evergrant.process-wide"), {
    configurable: true,
    get() {
      if (!running) throw new Error("Code of a simulated process ran while nobody was awake.")
      return running
    },
    set() {},
  })
}

/** Says whose code runs from now on; `undefined`: nobody's. */
export function wake(memory: ProcessMemory | undefined): void {
  running = memory
}
