/**
 * The keys of one namespace: a fixed list, whatever is stored. Every script is given all of them, so that nothing is
 * touched that was not declared, and one hash tag keeps them in one slot of a Redis Cluster. Records are JSON in the
 * fields of a hash; no key has an expiry of Redis's own, because only the application's clock decides.
 */

/** The layout that {@link keyNames} and the records make up. A newer one is left to newer versions. */
export const layoutVersion: number = 1

/** A script knows each key as `keys.NAME`; in Redis it is called `{evergrant:NAMESPACE}:NAME`. */
export const keyNames = [
  /** String: {@link layoutVersion}. */
  "layout",
  /** Hash: login id → login, with the names of its grants in the order in which they were linked. */
  "logins",
  /** Index: user → login ids. */
  "loginsByUser",
  /** Hash: name of login, provider and account → grant. */
  "grants",
  /** Index: issuer, client and sid → names of grants. */
  "grantsBySid",
  /** Index: issuer, client and sub → names of grants. */
  "grantsBySub",
  /** Hash: handle → the login that it leads to. Outlives the login. */
  "handles",
  /** Index: login id → handles. */
  "handlesByLogin",
  /** Hash: name of a login, sid or sub → how it ended. */
  "tombstones",
  /** Hash: spent refresh token → what replaced it. */
  "spentTokens",
  /** Hash: user → data. */
  "data",
  /** Hash: name → who holds it. */
  "leases",
  /** Hash: id → entry. */
  "outbox",
  /** Sorted set: id, by the time at which the entry is due. */
  "outboxByDue",
  /** Sorted set: `KIND:ID` of all that expires, by time. What a sweep looks at. */
  "expiries",
  /** String: the position of the newest change. Only ever grows. */
  "latestChange",
  /** Stream: the changes, by position. The channel that tells of them has the same name. */
  "changes",
] as const

export type KeyName = (typeof keyNames)[number]

/** The keys of one namespace as Redis knows them, in the order of {@link keyNames}. */
export interface Keys {
  all: readonly string[]
  /** The channel on which each change is announced. */
  channel: string
  /** The string that holds the version of the layout. */
  layout: string
}

/** A part of the hash tag: braces would end it early, and lone surrogates have no encoding. */
function encodePart(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
}

/**
 * Names the keys of a namespace.
 *
 * @param clientPrefix What the application's own client puts before each key.
 */
export function keysOf(clientPrefix: string, prefix: string, namespace: string): Keys {
  const name = (key: KeyName): string => `${clientPrefix}{${prefix}:${encodePart(namespace)}}:${key}`
  return { all: keyNames.map(name), channel: name("changes"), layout: name("layout") }
}
