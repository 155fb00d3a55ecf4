/**
 * The store that is a Redis server or a Redis Cluster: for several processes on several machines. Every method is one
 * script, which Redis runs as one step.
 */
import type { Seconds } from "../clock.ts"
import { ConfigurationError } from "../errors.ts"
import type { GrantStore, StoreContext, StoreDriver } from "../store/grant-store.ts"
import { checkSettings } from "./redis/check-settings.ts"
import type { RedisPlace } from "./redis/connection.ts"
import { toStoreError } from "./redis/failure.ts"
import { createFeed } from "./redis/feed.ts"
import { keysOf } from "./redis/keys.ts"
import { findPlace, type RedisClient } from "./redis/place.ts"
import { acquireLease } from "./redis/verbs/acquire-lease.ts"
import { beginRefresh } from "./redis/verbs/begin-refresh.ts"
import { cancelRefresh } from "./redis/verbs/cancel-refresh.ts"
import { claimOutbox } from "./redis/verbs/claim-outbox.ts"
import { commitRefresh } from "./redis/verbs/commit-refresh.ts"
import { completeOutbox } from "./redis/verbs/complete-outbox.ts"
import { createLogin } from "./redis/verbs/create-login.ts"
import { endGrant } from "./redis/verbs/end-grant.ts"
import { endLogins } from "./redis/verbs/end-logins.ts"
import { enqueue } from "./redis/verbs/enqueue.ts"
import { extendLogin } from "./redis/verbs/extend-login.ts"
import { findSpentToken } from "./redis/verbs/find-spent-token.ts"
import { linkGrant } from "./redis/verbs/link-grant.ts"
import { listLogins } from "./redis/verbs/list-logins.ts"
import { ping } from "./redis/verbs/ping.ts"
import { postponeOutbox } from "./redis/verbs/postpone-outbox.ts"
import { prepareLayout } from "./redis/verbs/prepare-layout.ts"
import { changesAfter, latestChange } from "./redis/verbs/read-changes.ts"
import { readData } from "./redis/verbs/read-data.ts"
import { readLogin } from "./redis/verbs/read-login.ts"
import { releaseLease } from "./redis/verbs/release-lease.ts"
import { renewLease } from "./redis/verbs/renew-lease.ts"
import { sweep } from "./redis/verbs/sweep.ts"
import { updateLogin } from "./redis/verbs/update-login.ts"
import { writeClaims } from "./redis/verbs/write-claims.ts"
import { writeData } from "./redis/verbs/write-data.ts"
import { createView, type RedisView } from "./redis/view.ts"

export type { RedisClient } from "./redis/place.ts"

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** What the keys begin with, within the hash tag: `{PREFIX:NAMESPACE}`. Default `"evergrant"`. */
  prefix?: string
  /** Seconds after which a call that was not answered fails. Default `2`. */
  commandTimeout?: Seconds
  /** Seconds between two looks for changes of which the message was lost, while somebody listens. Default `5`. */
  pollInterval?: Seconds
}

/** The defaults of {@link RedisStoreOptions}. */
const defaults: Required<RedisStoreOptions> = Object.freeze({
  prefix: "evergrant",
  commandTimeout: 2,
  pollInterval: 5,
})

function checkOptions({ prefix, commandTimeout, pollInterval }: Required<RedisStoreOptions>): void {
  if (!/^[\w.:-]+$/.test(prefix)) {
    throw new ConfigurationError(
      "option_invalid",
      "redisStore takes a prefix of letters, digits and the characters . : _ - only.",
    )
  }
  for (const [name, seconds] of Object.entries({ commandTimeout, pollInterval })) {
    if (Number.isFinite(seconds) && seconds > 0) continue
    throw new ConfigurationError("option_invalid", `redisStore takes a ${name} of more than 0 seconds.`)
  }
}

function methodsOf(view: RedisView): Omit<GrantStore, "subscribe" | "close" | "restore"> {
  return {
    readLogin: readLogin(view),
    createLogin: createLogin(view),
    linkGrant: linkGrant(view),
    updateLogin: updateLogin(view),
    extendLogin: extendLogin(view),
    listLogins: listLogins(view),
    endLogins: endLogins(view),
    endGrant: endGrant(view),
    beginRefresh: beginRefresh(view),
    cancelRefresh: cancelRefresh(view),
    commitRefresh: commitRefresh(view),
    writeClaims: writeClaims(view),
    findSpentToken: findSpentToken(view),
    readData: readData(view),
    writeData: writeData(view),
    acquireLease: acquireLease(view),
    renewLease: renewLease(view),
    releaseLease: releaseLease(view),
    enqueue: enqueue(view),
    claimOutbox: claimOutbox(view),
    completeOutbox: completeOutbox(view),
    postponeOutbox: postponeOutbox(view),
    latestChange: latestChange(view),
    changesAfter: changesAfter(view),
    sweep: sweep(view),
    ping: ping(view),
  }
}

async function openPlace(
  place: RedisPlace,
  { prefix, commandTimeout, pollInterval }: Required<RedisStoreOptions>,
  { namespace, clock, warn }: StoreContext,
): Promise<GrantStore> {
  const { location } = place
  const keys = keysOf(place.clientPrefix, prefix, namespace)
  const connection = await place.connect(commandTimeout).catch((error: unknown) => {
    throw toStoreError(error, location)
  })
  const view = createView(connection, { keys, clock, commandTimeout, location })
  try {
    await prepareLayout(view, location)
    if (warn) await checkSettings(connection, { commandTimeout, location, warn })
  } catch (error) {
    connection.close()
    throw error
  }
  const feed = createFeed(view, connection, { channel: keys.channel, pollInterval })
  return {
    ...methodsOf(view),
    subscribe: feed.subscribe,
    async close() {
      feed.close()
      view.close()
      connection.close()
    },
  }
}

/**
 * Keeps everything in Redis 5 or newer, which all processes share.
 *
 * Give it the URL of a server (`redis:` or `rediss:`, with ioredis installed), or a client of your own: ioredis's
 * `Redis` or `Cluster`, or one of node-redis. Of a client only its settings are taken; the store connects for itself
 * when it is first used, and leaves the client alone.
 *
 * Redis must be told to keep what it is given: `appendonly yes`, `appendfsync always` (or `everysec`, which may lose
 * a second of rotations in a crash) and `maxmemory-policy noeviction`. The store looks at these settings when it is
 * opened and warns by name.
 *
 * @param options.prefix What the keys begin with. Default `"evergrant"`.
 * @param options.commandTimeout Seconds after which a call that was not answered fails. Default `2`.
 * @param options.pollInterval Seconds between two looks for changes whose message was lost. Default `5`.
 * @throws {ConfigurationError} `option_invalid`: neither a URL of Redis nor a client, or an option that cannot be used.
 *   Opening throws it as well, for records of a newer version.
 *
 * @example
 * evergrant: { store: redisStore("redis://127.0.0.1:6379") }
 */
export function redisStore(target: string | RedisClient, options: RedisStoreOptions = {}): StoreDriver {
  const settings = { ...defaults, ...options }
  checkOptions(settings)
  const place = findPlace(target)
  return {
    kind: "redis",
    location: `${place.location} ${place.clientPrefix}${settings.prefix}`,
    open: (context) => openPlace(place, settings, context),
  }
}
