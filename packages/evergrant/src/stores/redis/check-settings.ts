/** Looks whether Redis is told to keep what it is given, and warns by name where it is not. */
import type { Seconds } from "../../clock.ts"
import { processWide } from "../../process-wide.ts"
import type { StoreWarning } from "../../store/grant-store.ts"
import type { RedisConnection } from "./connection.ts"
import { isForbidden, toStoreError, withTimeout } from "./failure.ts"

/** The settings that decide, with what to do about a value; `undefined` for one that is fine. */
const rules: Readonly<Record<string, (value: string) => string | undefined>> = {
  appendonly: (value) =>
    value === "yes"
      ? undefined
      : "Set appendonly yes: without it a restart of Redis forgets logins and refresh tokens, and users are signed out.",
  appendfsync: (value) =>
    value === "no"
      ? "Set appendfsync always, or everysec: with no a crash loses what was written since the system last saved it."
      : undefined,
  "maxmemory-policy": (value) =>
    value === "noeviction"
      ? undefined
      : "Set maxmemory-policy noeviction: any other policy lets Redis remove logins when its memory is full.",
}

/** What an ordinary user may ask, and what it says of the settings. Nothing there tells `appendfsync`. */
const insights: Readonly<Record<string, { section: string; field: string; read(value: string): string }>> = {
  appendonly: {
    section: "persistence",
    field: "aof_enabled",
    read: (value) => (value === "1" ? "yes" : "no"),
  },
  "maxmemory-policy": { section: "memory", field: "maxmemory_policy", read: (value) => value },
}

interface Check {
  commandTimeout: Seconds
  location: string
  warn(warning: StoreWarning): void
}

/**
 * Warns once per process and place. A store that is kept by somebody else is not turned away.
 *
 * @throws {StoreError} `store_unavailable`.
 */
export async function checkSettings(connection: RedisConnection, check: Check): Promise<void> {
  const ask = (command: string, ...words: string[]): Promise<unknown> =>
    withTimeout(check.commandTimeout, connection.send(command, words))
  for (const [setting, findRemedy] of Object.entries(rules)) {
    const value = await readSetting(ask, setting).catch((error: unknown) => {
      throw toStoreError(error, check.location)
    })
    const remedy =
      value === undefined
        ? `It could not be read (CONFIG GET is not allowed): make sure that it is as docs/stores.md says.`
        : findRemedy(value)
    if (remedy === undefined) continue
    processWide(`evergrant.stores.redis:${JSON.stringify([check.location, setting])}`, () => {
      check.warn({ setting, remedy })
      return true
    })
  }
}

type Ask = (command: string, ...words: string[]) => Promise<unknown>

/** The value of a setting; `undefined` when this user may not know it. */
async function readSetting(ask: Ask, setting: string): Promise<string | undefined> {
  try {
    return toValue(await ask("config", "GET", setting), setting)
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
  const insight = insights[setting]
  if (!insight) return undefined
  try {
    const info = String(await ask("info", insight.section))
    const value = new RegExp(`^${insight.field}:(.*?)\\r?$`, "m").exec(info)?.[1]
    return value && insight.read(value)
  } catch (error) {
    if (!isForbidden(error)) throw error
    return undefined
  }
}

/** A map, or a list of names and values: that depends on the protocol and the driver. */
function toValue(reply: unknown, setting: string): string | undefined {
  const value = Array.isArray(reply)
    ? reply[1]
    : reply instanceof Map
      ? reply.get(setting)
      : (reply as Record<string, unknown> | null)?.[setting]
  return typeof value === "string" ? value : undefined
}
