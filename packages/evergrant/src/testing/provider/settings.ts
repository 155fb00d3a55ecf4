/** What can be switched while the provider runs. */
import type { Seconds } from "../../clock.ts"
import { ConfigurationError } from "../../errors.ts"

/**
 * What happens to a refresh token that is spent.
 *
 * - `"strict"`: each refresh gives a new one. A spent one presented again is refused, and the whole grant dies
 *   with it, the newest token included. The SSO session lives: `prompt=none` signs in again silently.
 * - `{ kind: "reuse-window", seconds }`: as strict, but for so many seconds a spent token is good for more.
 * - `"off"`: the same refresh token is returned each time and stays usable.
 */
export type Rotation = "strict" | "off" | { readonly kind: "reuse-window"; readonly seconds: Seconds }

/** How long things live, in whole seconds. Changes count for existing sessions, too. */
export interface Lifetimes {
  /** Access and ID tokens. Default `60`. */
  readonly accessToken: Seconds
  /** Refresh tokens, and the SSO session without activity (SSO idle). Each refresh extends it. Default `1800`. */
  readonly refreshToken: Seconds
  /** The SSO session from sign-in, whatever happens in it (SSO max). All other lives shrink to it. Default `36000`. */
  readonly ssoMax: Seconds
}

/** All switches. */
export interface ProviderSettings {
  readonly rotation: Rotation
  readonly lifetimes: Lifetimes
  /** Delay before each server-to-server answer, in seconds. Default `0`. */
  readonly latency: Seconds
}

/** A change of the settings. What is left out stays. */
export interface SettingsPatch {
  rotation?: Rotation
  lifetimes?: Partial<Lifetimes>
  latency?: Seconds
}

/** Reads and changes the settings. */
export interface SettingsControl {
  get(): ProviderSettings
  set(patch: SettingsPatch): ProviderSettings
}

const defaults: ProviderSettings = Object.freeze({
  rotation: "strict",
  lifetimes: Object.freeze({ accessToken: 60, refreshToken: 1800, ssoMax: 36_000 }),
  latency: 0,
})

/** Creates the switches of one provider. */
export function createSettings(initial: SettingsPatch): SettingsControl {
  let current = apply(defaults, initial)
  return Object.freeze({
    get: () => current,
    set(patch: SettingsPatch) {
      current = apply(current, patch)
      return current
    },
  })
}

function apply(current: ProviderSettings, patch: SettingsPatch): ProviderSettings {
  const lifetimes = { ...current.lifetimes, ...patch.lifetimes }
  const next: ProviderSettings = {
    rotation: patch.rotation ?? current.rotation,
    lifetimes: Object.freeze(lifetimes),
    latency: patch.latency ?? current.latency,
  }
  for (const [name, value] of Object.entries(lifetimes)) {
    if (Number.isInteger(value) && value > 0) continue
    throw new ConfigurationError("option_invalid", `lifetimes.${name} must be whole seconds above 0.`)
  }
  if (!Number.isFinite(next.latency) || next.latency < 0) {
    throw new ConfigurationError("option_invalid", "latency must be seconds, 0 or more.")
  }
  checkRotation(next.rotation)
  return Object.freeze(next)
}

function checkRotation(rotation: Rotation): void {
  if (rotation === "strict" || rotation === "off") return
  if (typeof rotation === "object" && rotation.kind === "reuse-window" && rotation.seconds > 0) return
  throw new ConfigurationError(
    "option_invalid",
    'rotation must be "strict", "off" or { kind: "reuse-window", seconds } with seconds above 0.',
  )
}
