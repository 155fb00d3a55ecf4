/** What tests may ask of logout tokens, and what they are told. */
import type { JsonObject } from "./json-object.ts"

/**
 * What a minted logout token says. Every part can be wrong on purpose. When neither `sid` nor `sub` nor `username`
 * is given, it is about the newest session of anyone.
 */
export interface LogoutTokenOptions {
  /** Audience. Default: a client of the session, else the first registered one. */
  clientId?: string
  sid?: string
  sub?: string
  /** Takes `sub` from this user, and `sid` from the user's newest session unless one is given. */
  username?: string
  /** Claims to add or replace; `undefined` takes a claim away. */
  claims?: JsonObject
  /** Header fields to replace. Default `typ` is `"logout+jwt"`. */
  header?: { typ?: string }
  /** Signs with a key that the provider does not publish. Default `false`. */
  foreignKey?: boolean
}

/** What became of one logout token. */
export interface LogoutDelivery {
  readonly clientId: string
  readonly uri: string
  /** Status of the application's answer. Nothing when there was none. */
  readonly status?: number
}
