/**
 * What the store needs of a client, whichever driver it is of. Every connection is the store's own, made from the
 * application's client or URL: so its settings are known, and neither side can hold up the other.
 */
import type { Seconds } from "../../clock.ts"

/** An open connection to a server or a cluster. It heals itself; commands fail at once until it has. */
export interface RedisConnection {
  /** Sends a command now or fails. Never queued and never sent twice. Throws what the driver throws. */
  send(command: string, words: readonly string[]): Promise<unknown>
  /**
   * Calls `wake` for each message of a channel, and whenever messages may have been lost: when the subscription begins
   * and each time it begins again, and each time commands can be sent again. Returns a function that stops it.
   */
  listen(channel: string, wake: () => void): () => void
  close(): void
}

/** A place that can be connected to. */
export interface RedisPlace {
  /** Tells one database from another. Holds no secret. */
  location: string
  /** What the application's client puts before each key. */
  clientPrefix: string
  /**
   * Connects. Rejects with what the driver throws, and leaves nothing open then.
   *
   * @param timeout Seconds that anything may take.
   */
  connect(timeout: Seconds): Promise<RedisConnection>
}
