import type { Clock, EpochSeconds, Seconds } from "../../clock.ts"
import { StoreError } from "../../errors.ts"
import type { RedisConnection } from "./connection.ts"
import { isScriptUnknown, toStoreError, withTimeout } from "./failure.ts"
import { type Keys, keyNames } from "./keys.ts"
import { encodeArgument, type Script } from "./script.ts"

/** Redis as one namespace sees it. */
export interface RedisView {
  now(): EpochSeconds
  /**
   * Runs a script with an argument, to which the time is added. Resolves to what it returns: text, lists, or `null`.
   *
   * @throws {StoreError} `store_unavailable`: Redis did not answer. If the connection broke after the script was sent,
   *   it may have run; it is never sent again.
   */
  run(script: Script, argument?: object): Promise<unknown>
  /**
   * Reads a string. Unlike a script, which Redis may have to be given first, it is asked for at once: the answer is of
   * the time before all that is sent later.
   *
   * @throws {StoreError} `store_unavailable`.
   */
  get(key: "layout" | "latestChange"): Promise<string | null>
  /** @throws {StoreError} `store_unavailable`: it was closed. */
  checkOpen(): void
  /** Makes every later call fail. */
  close(): void
}

/** Creates the view of one namespace. */
export function createView(
  connection: RedisConnection,
  options: { keys: Keys; clock: Clock; commandTimeout: Seconds; location: string },
): RedisView {
  const { keys, clock, commandTimeout, location } = options
  const declared = [String(keyNames.length), ...keyNames.map((name) => keys[name])]
  let closed = false

  function checkOpen(): void {
    if (closed) throw new StoreError("store_unavailable", `The Redis store at ${location} was closed.`)
  }

  async function answered<T>(ask: () => Promise<T>): Promise<T> {
    checkOpen()
    try {
      return await withTimeout(commandTimeout, ask())
    } catch (error) {
      throw toStoreError(error, location)
    }
  }

  async function evaluate({ sha, text }: Script, argument: string): Promise<unknown> {
    const words = [...declared, argument]
    try {
      return await connection.send("evalsha", [sha, ...words])
    } catch (error) {
      if (!isScriptUnknown(error)) throw error
      return connection.send("eval", [text, ...words])
    }
  }

  return {
    now: () => clock.now(),

    run: (script, argument = {}) =>
      answered(() => evaluate(script, encodeArgument({ ...argument, now: clock.now() }))),

    get: (key) => answered(async () => (await connection.send("get", [keys[key]])) as string | null),

    checkOpen,

    close() {
      closed = true
    },
  }
}
