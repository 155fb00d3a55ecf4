/** Connections by ioredis: to one server, through Sentinel, or to a cluster. */
import type { Cluster, ClusterOptions, Redis, RedisOptions } from "ioredis"
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"
import type { RedisConnection, RedisPlace } from "./connection.ts"
import { isReadOnly, withTimeout } from "./failure.ts"

/** Milliseconds between two attempts to connect again: quick at first, once a second in the end. */
const retryStrategy = (attempt: number): number => Math.min(attempt * 50, 1000)

/**
 * A command fails at once while there is no connection, and with its connection. It is never sent again: whether a
 * write that was sent has happened is for the caller to find out, and to do it a second time could hide that.
 */
function serverOptions(timeout: Seconds) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableAutoPipelining: false,
    readOnly: false,
    keyPrefix: "",
    connectTimeout: timeout * 1000,
    // A connection that is dead without a word is given up when an answer is this late.
    socketTimeout: timeout * 1000,
    retryStrategy,
    // A master that was demoted: the address may lead to the new one. 1: connect again, and send nothing twice.
    reconnectOnError: (error) => (isReadOnly(error) ? 1 : false),
  } satisfies RedisOptions
}

/** The same for a cluster. What it was redirected for is sent to the right node; that was not run at the first. */
function clusterOptions(timeout: Seconds) {
  const { connectTimeout, socketTimeout, reconnectOnError, maxRetriesPerRequest } = serverOptions(timeout)
  return {
    lazyConnect: true,
    keyPrefix: "",
    enableAutoPipelining: false,
    // A replica may not know yet that a login ended.
    scaleReads: "master",
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { connectTimeout, socketTimeout, reconnectOnError, maxRetriesPerRequest },
  } satisfies ClusterOptions
}

const ignore = (): void => {}

/** Connects a client that was just made, and takes it over. */
async function connect(
  client: Redis | Cluster,
  timeout: Seconds,
  listen: RedisConnection["listen"],
): Promise<RedisConnection> {
  // Without a listener ioredis writes every failure to the console. Each call that fails says it.
  client.on("error", ignore)
  try {
    await withTimeout(timeout, client.connect())
  } catch (error) {
    client.disconnect()
    throw error
  }
  return {
    async send(command, words) {
      if (client.status !== "ready") throw new Error("not connected")
      return client.call(command, ...words)
    },
    listen,
    close: () => client.disconnect(),
  }
}

function connectToServer(client: Redis, timeout: Seconds): Promise<RedisConnection> {
  return connect(client, timeout, (channel, wake) => {
    const subscriber = client.duplicate()
    subscriber.on("error", ignore)
    subscriber.on("message", wake)
    subscriber.on("ready", () => void subscriber.subscribe(channel).then(wake, ignore))
    subscriber.connect().catch(ignore)
    // What was announced before commands could be sent again was not read.
    client.on("ready", wake)
    return () => {
      client.off("ready", wake)
      subscriber.disconnect()
    }
  })
}

/** A cluster keeps a connection for subscriptions by itself, and subscribes again by itself. */
function connectToCluster(client: Cluster, timeout: Seconds): Promise<RedisConnection> {
  return connect(client, timeout, (channel, wake) => {
    const subscribe = (): void => void client.subscribe(channel).then(wake, ignore)
    client.on("message", wake)
    client.on("ready", subscribe)
    subscribe()
    return () => {
      client.off("message", wake)
      client.off("ready", subscribe)
      client.unsubscribe(channel).catch(ignore)
    }
  })
}

function isCluster(client: Redis | Cluster): client is Cluster {
  return "isCluster" in client && client.isCluster
}

function locationOf(client: Redis | Cluster): string {
  if (isCluster(client)) {
    const nodes = (client as unknown as { startupNodes: readonly { host?: string; port?: number }[] })
      .startupNodes
    return `cluster ${nodes.map(({ host, port }) => `${host ?? "127.0.0.1"}:${port ?? 6379}`).join(",")}`
  }
  const { path, sentinels, name, host, port, db } = client.options
  const server = path ?? (sentinels ? `sentinel ${name}` : `${host}:${port}`)
  return `${server}/${db ?? 0}`
}

/** The place that an application's client is for. The client itself is not used, opened or closed. */
export function placeOfIoredis(application: object): RedisPlace {
  const client = application as Redis | Cluster
  const { keyPrefix } = isCluster(client)
    ? { ...client.options.redisOptions, ...client.options }
    : client.options
  return {
    location: locationOf(client),
    clientPrefix: String(keyPrefix ?? ""),
    connect: async (timeout) =>
      isCluster(client)
        ? connectToCluster(client.duplicate([], clusterOptions(timeout)), timeout)
        : connectToServer(client.duplicate(serverOptions(timeout)), timeout),
  }
}

/** The place that a URL names. ioredis is loaded when it is opened. */
export function placeOfUrl(url: URL): RedisPlace {
  return {
    location: `${url.hostname || "localhost"}:${url.port || 6379}/${url.pathname.slice(1) || 0}`,
    clientPrefix: "",
    async connect(timeout) {
      const { Redis } = await import("ioredis").catch(() => {
        throw new ConfigurationError(
          "option_invalid",
          "redisStore needs the package ioredis for a URL: install it, or pass a client of your own.",
        )
      })
      return connectToServer(new Redis(url.href, serverOptions(timeout)), timeout)
    },
  }
}
