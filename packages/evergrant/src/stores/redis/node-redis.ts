/** Connections by node-redis, version 5 or newer, to one server. It is not imported: its client makes its own kind. */
import type { Seconds } from "../../clock.ts"
import type { RedisConnection, RedisPlace } from "./connection.ts"
import { isReadOnly, isTimeout, withTimeout } from "./failure.ts"

/** The part of node-redis's client that is used. */
interface NodeRedisClient {
  readonly options?: {
    keyPrefix?: unknown
    database?: number
    socket?: { host?: string; port?: number; path?: string }
  }
  readonly isReady: boolean
  duplicate(overrides: object): NodeRedisClient
  connect(): Promise<unknown>
  destroy(): void
  on(event: "error" | "ready", listener: () => void): unknown
  off(event: "ready", listener: () => void): unknown
  sendCommand(words: string[]): Promise<unknown>
  subscribe(channel: string, listener: () => void): Promise<unknown>
}

const ignore = (): void => {}

/** A client like the application's, which fails where that would wait. node-redis sends nothing twice by itself. */
function copyOf(application: NodeRedisClient, timeout: Seconds, mayRetry: () => boolean): NodeRedisClient {
  const copy = application.duplicate({
    disableOfflineQueue: true,
    readonly: false,
    keyPrefix: undefined,
    commandOptions: undefined,
    clientSideCache: undefined,
    socket: {
      ...application.options?.socket,
      connectTimeout: timeout * 1000,
      reconnectStrategy: (attempt: number, cause: Error) =>
        mayRetry() ? Math.min(attempt * 50 + 50, 1000) : cause,
    },
  })
  copy.on("error", ignore)
  return copy
}

async function connect(application: NodeRedisClient, timeout: Seconds): Promise<RedisConnection> {
  let opened = false
  const client = copyOf(application, timeout, () => opened)
  const close = (each: NodeRedisClient): void => {
    try {
      each.destroy()
    } catch {
      // It says so when it is closed already.
    }
  }
  await withTimeout(timeout, client.connect()).catch((error: unknown) => {
    close(client)
    throw error
  })
  opened = true

  /** Begins again, where node-redis would go on: at a connection that is dead, or at a master that was demoted. */
  function reconnect(error: unknown): void {
    if (!client.isReady || !(isTimeout(error) || isReadOnly(error))) return
    close(client)
    client.connect().catch(ignore)
  }

  return {
    async send(command, words) {
      if (!client.isReady) throw new Error("not connected")
      try {
        return await withTimeout(timeout, client.sendCommand([command, ...words]))
      } catch (error) {
        reconnect(error)
        throw error
      }
    },
    listen(channel, wake) {
      const subscriber = copyOf(application, timeout, () => true)
      subscriber.on("ready", wake)
      subscriber
        .connect()
        .then(() => subscriber.subscribe(channel, wake))
        .then(wake, ignore)
      // What was announced before commands could be sent again was not read.
      client.on("ready", wake)
      return () => {
        client.off("ready", wake)
        close(subscriber)
      }
    },
    close: () => close(client),
  }
}

/** The place that an application's client is for. The client itself is not used, opened or closed. */
export function placeOfNodeRedis(application: object): RedisPlace {
  const client = application as NodeRedisClient
  const { keyPrefix, database, socket } = client.options ?? {}
  return {
    location: `${socket?.path ?? `${socket?.host ?? "localhost"}:${socket?.port ?? 6379}`}/${database ?? 0}`,
    clientPrefix: String(keyPrefix ?? ""),
    connect: (timeout) => connect(client, timeout),
  }
}
