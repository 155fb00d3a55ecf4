import type { Clock, EpochSeconds, Seconds } from "../../clock.ts"
import { StoreError } from "../../errors.ts"
import type { RedisConnection } from "./connection.ts"
import { isScriptUnknown, toStoreError, withTimeout } from "./failure.ts"
import type { Keys } from "./keys.ts"
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
  /** Makes every later call fail. */
  close(): void
}

/** Creates the view of one namespace. */
export function createView(
  connection: RedisConnection,
  options: { keys: Keys; clock: Clock; commandTimeout: Seconds; location: string },
): RedisView {
  const { keys, clock, commandTimeout, location } = options
  let closed = false

  async function evaluate({ sha, text }: Script, argument: string): Promise<unknown> {
    const words = [String(keys.all.length), ...keys.all, argument]
    try {
      return await connection.send("evalsha", [sha, ...words])
    } catch (error) {
      if (!isScriptUnknown(error)) throw error
      return connection.send("eval", [text, ...words])
    }
  }

  return {
    now: () => clock.now(),

    async run(script, argument = {}) {
      if (closed) throw new StoreError("store_unavailable", `The Redis store at ${location} was closed.`)
      try {
        const words = encodeArgument({ ...argument, now: clock.now() })
        return await withTimeout(commandTimeout, evaluate(script, words))
      } catch (error) {
        throw toStoreError(error, location)
      }
    },

    close() {
      closed = true
    },
  }
}
